"""What of a recording is speech, judged by its level alone. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from diarization_worker.encoder import Audio

FRAME: Final = SAMPLE_RATE * 30 // 1000

DYNAMICS_DB: Final = 25.0
"""Frames further below the speech's level are pauses."""

HANG_FRAMES: Final = 3
"""Frames kept on either side of speech: the soft beginnings and ends of words."""


def to_samples(pcm: bytes) -> Audio:
    """Audio as it travels (contract.audio) to float32 in [-1, 1]."""
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32_768)


def speech_level(audio: Audio) -> float:
    """Level of the louder parts, dBFS: the 90th percentile over frames of 30 ms."""
    levels = _levels(audio)
    return float(np.percentile(levels, 90)) if levels.size else -100.0


def speech_only(audio: Audio) -> Audio:
    """The audio without its pauses; a recording of less than a frame as it is."""
    levels = _levels(audio)
    if not levels.size:
        return audio
    loud = levels >= np.percentile(levels, 90) - DYNAMICS_DB
    kept = np.convolve(loud, np.ones(2 * HANG_FRAMES + 1), "same")[: len(loud)] > 0
    frames = audio[: len(levels) * FRAME].reshape(-1, FRAME)
    return frames[kept].reshape(-1)


def _levels(audio: Audio) -> NDArray[np.float32]:
    frames = audio[: len(audio) // FRAME * FRAME].reshape(-1, FRAME)
    rms = np.sqrt(np.mean(np.square(frames), axis=1))
    return np.asarray(20 * np.log10(np.maximum(rms, 1e-5)), np.float32)
