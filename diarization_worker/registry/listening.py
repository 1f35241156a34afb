"""From what was uploaded to the one voice in it, or to why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np

from contract.audio import SAMPLE_RATE
from contract.errors import NoSpeechError, SeveralVoicesError, SpeechTooShortError
from diarization_worker.encoders.encoder import Audio
from diarization_worker.hearing.hear import hear
from diarization_worker.hearing.voices import HeardVoice, Hearing, Turn
from diarization_worker.models import VoiceModels
from diarization_worker.registry.liveliness import is_lively
from diarization_worker.registry.prints import Recording
from diarization_worker.registry.steadiness import is_steady
from worker_runtime.decoding import decode

LONGEST_S: Final = 120.0
"""A recording may be as long as this."""

LEAST_S: Final = 0.8
"""Speech without which a recording says nothing of a voice, seconds: what a clip of one second
holds at least. Of 45 clips by five LibriSpeech readers, at 0.7, none of 0.8 s missed its reader,
and 9% of those of 0.5 s did."""

FOUNDING_S: Final = 2.0
"""Speech that founds a voice print, in all its recordings together, seconds. Of clips of
1 s by another of these readers 3% pass 0.7, of 2 s none of 180, and a print's error counts in each
comparison to come."""

SECOND_VOICE_S: Final = 1.2
"""Another voice that speaks for as long as this makes a recording unfit to enrol with, seconds.
A second voice is heard where there is none in one of 170 recordings of readers, for 1.16 s."""

SEARCHED_S: Final = 30.0
"""Speech that is searched once more for a second voice, seconds: that takes 50 ms a second."""

DOMINANCE: Final = 3.0
"""A voice that speaks so many times as long as any other is the one that a recording is of."""

KEEP_S: Final = 10.0
"""Speech that is kept of a recording, where samples are kept, seconds: enough to embed it anew."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording, and what was heard in it."""

    audio: Audio
    hearing: Hearing


def listen(data: bytes, models: VoiceModels) -> Heard:
    """Decode and hear a recording in any format.

    Raises AudioUnreadableError, AudioTooLongError and EngineError.
    """
    audio = decode(data, longest_s=LONGEST_S)
    return Heard(audio, hear(audio, models))


def voice_to_enrol(heard: Heard, models: VoiceModels, *, keep: bool) -> Recording:
    """The only voice of a recording, with its speech where that is to be kept.

    Raises NoSpeechError, SpeechTooShortError, SeveralVoicesError and EngineError.
    """
    which, speech, others = _foremost(heard)
    if any(other.seconds >= SECOND_VOICE_S for other in others) or not is_steady(
        speech[: int(SEARCHED_S * SAMPLE_RATE)], models
    ):
        raise SeveralVoicesError("more than one voice is heard in the recording")
    voice = heard.hearing.voices[which]
    return Recording(voice.embedding, voice.seconds, _flac(speech) if keep else None)


def voice_to_identify(heard: Heard) -> HeardVoice:
    """The voice that a recording is of.

    Raises NoSpeechError, SpeechTooShortError and, where none stands out, SeveralVoicesError.
    """
    which, _, others = _foremost(heard)
    voice = heard.hearing.voices[which]
    if any(DOMINANCE * other.seconds > voice.seconds for other in others):
        raise SeveralVoicesError("several voices are heard in the recording, none above all")
    return voice


def check_founding(recordings: Sequence[Recording]) -> None:
    """Raise SpeechTooShortError where recordings are too little for a new voice print."""
    seconds = sum(recording.seconds for recording in recordings)
    if seconds < FOUNDING_S:
        raise SpeechTooShortError(
            f"{seconds:.1f} s of speech are too little for a voice print: {FOUNDING_S:g} s needed"
        )


def _foremost(heard: Heard) -> tuple[int, Audio, list[HeardVoice]]:
    """Which voice speaks for longest, all that it says, and the others."""
    voices = heard.hearing.voices
    if not voices:
        raise NoSpeechError("nobody speaks in the recording")
    which = max(range(len(voices)), key=lambda i: voices[i].seconds)
    turns = [turn for turn in heard.hearing.turns if turn.voice == which]
    speech = np.concatenate([_cut(heard.audio, turn) for turn in turns])
    if not is_lively(speech):
        raise NoSpeechError("nobody speaks in the recording: it holds a steady tone or noise")
    seconds = voices[which].seconds
    if seconds < LEAST_S:
        raise SpeechTooShortError(
            f"{seconds:.1f} s of speech are too little to tell a voice: {LEAST_S:g} s needed"
        )
    return which, speech, [voice for i, voice in enumerate(voices) if i != which]


def _cut(audio: Audio, turn: Turn) -> Audio:
    return audio[int(turn.start * SAMPLE_RATE) : int(turn.end * SAMPLE_RATE)]


def _flac(speech: Audio) -> bytes:
    import soundfile

    file = BytesIO()
    kept = speech[: int(KEEP_S * SAMPLE_RATE)]
    soundfile.write(file, kept, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return file.getvalue()
