"""Decides whether a recording makes a voice print. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from contract.audio import SAMPLE_RATE
from contract.events import RegistrationFailure
from diarization_worker.encoders.encoder import Audio, Calibration, Embedding
from diarization_worker.live.assignment import Sample, similarities
from diarization_worker.live.speech import speech_level
from diarization_worker.live.voices import Voice, Voices

NEEDED_S = 3.0
"""Voiced speech that a voice print needs, seconds."""

AMPLE_S = 10.0
"""More speech than this makes a voice print no better, seconds."""

QUIETEST_DBFS = -45.0
"""Speech below this level is too near to the noise of usual microphones."""

WINDOW_S = 1.6
"""Recordings are searched for a second voice by windows of this length, seconds."""


SAME_VOICE = 0.6
"""Calibrated similarity from which two enrolments are taken for one person's."""


@dataclass(frozen=True, slots=True)
class VoicePrint:
    """A voice to remember, and how well it is known."""

    voice: Voice
    quality: float
    """0 to 1: how alike the voice is to itself, and how much was heard of it."""


def check_audio(audio: Audio, speech_seconds: float) -> RegistrationFailure | None:
    """What rules a recording out before any model has heard it."""
    if min(speech_seconds, len(audio) / SAMPLE_RATE) < NEEDED_S:
        return "too_short"
    if speech_level(audio) < QUIETEST_DBFS:
        return "too_quiet"
    return None


def windows(audio: Audio) -> list[Audio]:
    """The speech in pieces of WINDOW_S that overlap by half; a shorter rest is left out."""
    size = int(WINDOW_S * SAMPLE_RATE)
    return [audio[start : start + size] for start in range(0, len(audio) - size + 1, size // 2)]


def make_voice_print(
    voices: Voices,
    speaker_id: int,
    name: str | None,
    sample: Sample,
    pieces: Sequence[Embedding],
    calibration: Calibration,
) -> VoicePrint | RegistrationFailure:
    """Accept or refuse a voice, given its embedding and those of the recording's windows."""
    consistency = self_similarity(pieces, calibration)
    if consistency < 0:
        return "several_voices"
    others = replace(
        voices, known=tuple(v for v in voices.known if v.enrolled and v.speaker_id != speaker_id)
    )
    if any(alike >= SAME_VOICE for alike in similarities(others, sample, calibration)):
        return "same_as_other"
    voice = Voice(
        speaker_id=speaker_id,
        name=name,
        enrolled=True,
        centroid=tuple(map(float, sample.embedding)),
        seconds=sample.seconds,
    )
    amount = 0.5 + 0.5 * min(sample.seconds / AMPLE_S, 1.0)
    return VoicePrint(voice, quality=round(min(consistency, 1.0) * amount, 3))


def self_similarity(pieces: Sequence[Embedding], calibration: Calibration) -> float:
    """Similarity of what comes before to what comes after, where these differ most.

    `pieces` are the embeddings of `windows`: at each cut one piece straddles it and is left out.
    Below 0 where one person began and another ended: with Resemblyzer 95% of LibriSpeech
    recordings of 3 s of one voice and 3 s of another, and none of 75 of one voice alone. Of
    recordings of 2 s and 2 s a third only; 1 where there is too little to compare.
    """
    return min(
        (
            _likeness(pieces[:straddling], pieces[straddling + 1 :], calibration)
            for straddling in range(1, len(pieces) - 1)
        ),
        default=1.0,
    )


def _likeness(
    before: Sequence[Embedding], after: Sequence[Embedding], calibration: Calibration
) -> float:
    one, other = np.sum(before, axis=0), np.sum(after, axis=0)
    cosine = float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))
    return calibration.similarity(cosine, _seconds(before), _seconds(after))


def _seconds(pieces: Sequence[Embedding]) -> float:
    return WINDOW_S * (len(pieces) + 1) / 2
