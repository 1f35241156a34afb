"""Decides whether a recording makes a voice print, and how good a one."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from contract.events import RegistrationFailure
from contract.work import EnrolmentJob
from diarization_worker.calibration.calibration import Calibration
from diarization_worker.encoders.encoder import Audio, Embedding
from diarization_worker.hearing.voices import Hearing
from diarization_worker.live.audio import audible, speech_level
from diarization_worker.live.consistency import consistency
from diarization_worker.live.listening import listen
from diarization_worker.live.voices import Voice, Voices, pack
from diarization_worker.models import VoiceModels

NEEDED_S: Final = 3.0
"""Speech that a voice print needs, seconds: as the segmenter hears it, or as the gateway's voice
detector does, which counts voiced frames and of some LibriSpeech readers half of what they say."""

HEARD_S: Final = 2.0
"""So much of it must be audible and heard as a voice, which noise and music are not."""

RECENT_S: Final = 20
"""What the print is made of, seconds."""

AMPLE_S: Final = 10.0
"""More speech than this makes a voice print no better, seconds."""

QUIETEST_DBFS: Final = -45.0
"""Speech below this level is too near to the noise of usual microphones."""

SAME_VOICE: Final = 0.6
"""Calibrated similarity from which two enrolments are taken for one person's."""

TWO_VOICES: Final = 0.6
"""Calibrated similarity of a recording to itself below which it is of two voices: even evidence. Of
34 recordings of 1.5 s of one LibriSpeech reader and 3 s of another 31 lie below, of 50 of 4 to 5 s
of one reader none; the least alike of these has 0.64, half of those lie below 0.2."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A recording that is of one voice."""

    embedding: Embedding
    seconds: float
    """Speech behind it, all of it audible."""
    spoken: float
    """Speech as people count it, with the short pauses in it, seconds."""
    consistency: float
    """Calibrated similarity of the voice to itself, where it is least alike."""

    @property
    def quality(self) -> float:
        """0 to 1: how alike the voice is to itself, and how much was heard of it."""
        amount = 0.5 + 0.5 * min(self.seconds / AMPLE_S, 1.0)
        return round(min(max(self.consistency, 0.0), 1.0) * amount, 3)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A voice print is in force."""

    voices: Voices
    quality: float


def examine(
    audio: Audio, speech_seconds: float, models: VoiceModels
) -> Examined | RegistrationFailure:
    """The voice of a recording, or why it makes no print.

    `speech_seconds`: what the gateway took for voiced speech. Of a long recording the end is enough
    if there is enough speech in it: all of a minute takes 9 s of a core, its end 3 s.
    """
    end = audio[-RECENT_S * SAMPLE_RATE :]
    examined = _examine(end, speech_seconds, models)
    if examined == "too_short" and len(end) < len(audio):
        return _examine(audio, speech_seconds, models)
    return examined


def _examine(
    audio: Audio, speech_seconds: float, models: VoiceModels
) -> Examined | RegistrationFailure:
    hearing = listen(audio, models)
    spoken = is_spoken(audio, hearing)
    speech = audio[spoken & audible(audio)]
    heard = len(speech) / SAMPLE_RATE
    if heard >= HEARD_S and speech_level(speech) < QUIETEST_DBFS:
        return "too_quiet"
    spoken_s = max(float(spoken.sum()) / SAMPLE_RATE, speech_seconds)
    if spoken_s < NEEDED_S or heard < HEARD_S:
        return "too_short"
    alike = consistency(speech, hearing, models)
    if alike < TWO_VOICES:
        return "several_voices"
    total = np.sum([voice.embedding * voice.seconds for voice in hearing.voices], axis=0)
    embedding = np.asarray(total / np.linalg.norm(total), np.float32)
    return Examined(embedding, heard, round(spoken_s, 2), alike)


def enrol(
    voices: Voices,
    job: EnrolmentJob,
    examined: Examined,
    calibration: Calibration,
    encoder: str,
) -> Accepted | RegistrationFailure:
    """Take a voice into a session, unless another speaker enrolled with it. Pure."""
    others = [v for v in voices.enrolled if v.speaker_id != job.speaker_id]
    if voices.encoder == encoder and any(
        calibration.similarity(examined.embedding, examined.seconds, v.embedding, v.seconds)
        >= SAME_VOICE
        for v in others
    ):
        return "same_as_other"
    voice = Voice(job.speaker_id, job.name, pack(examined.embedding), round(examined.seconds, 2))
    return Accepted(voices.with_enrolled(voice, encoder), examined.quality)


def is_spoken(audio: Audio, hearing: Hearing) -> NDArray[np.bool_]:
    """Which samples of a recording lie within anybody's turn."""
    spoken = np.zeros(len(audio), bool)
    for turn in hearing.turns:
        spoken[round(turn.start * SAMPLE_RATE) : round(turn.end * SAMPLE_RATE)] = True
    return spoken
