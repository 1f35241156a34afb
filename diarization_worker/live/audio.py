"""Audio as it travels, and its level. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from diarization_worker.encoders.encoder import Audio

FRAME: Final = SAMPLE_RATE * 30 // 1000

DYNAMICS_DB: Final = 40.0
"""Frames further below the louder ones are silence."""


def to_samples(pcm: bytes) -> Audio:
    """Audio as it travels (contract.audio) to float32 in [-1, 1]."""
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32_768)


def audible(audio: Audio) -> NDArray[np.bool_]:
    """Which samples are no silence, by their level alone.

    Segmentation nets hear a word of 0.7 s between silences as 1.3 s of speech.
    """
    levels = _levels(audio)
    if not levels.size:
        return np.ones(len(audio), bool)
    loud = np.repeat(levels > np.percentile(levels, 90) - DYNAMICS_DB, FRAME)
    return np.pad(loud, (0, len(audio) - len(loud)), mode="edge")


def speech_level(speech: Audio) -> float:
    """Level of the louder parts, dBFS: the 90th percentile over frames of 30 ms."""
    levels = _levels(speech)
    return float(np.percentile(levels, 90)) if levels.size else -100.0


def _levels(audio: Audio) -> NDArray[np.float32]:
    frames = audio[: len(audio) // FRAME * FRAME].reshape(-1, FRAME)
    rms = np.sqrt(np.mean(np.square(frames), axis=1))
    return np.asarray(20 * np.log10(np.maximum(rms, 1e-5)), np.float32)
