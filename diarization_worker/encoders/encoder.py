"""What a speaker encoder must do, and how its cosines are read."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]
"""Samples in [-1, 1], mono, 16 kHz, shape [samples]."""

Embedding = NDArray[np.float32]
"""Unit vector, shape [dim]."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Reads an encoder's raw cosine as a similarity that means the same for every encoder.

    An embedding of `s` seconds is taken as the voice's true direction plus noise whose power falls
    as 1/s, so two embeddings of one voice meet at a cosine of 1/sqrt((1 + n/s1)(1 + n/s2)), `n`
    being `noise_seconds` (the correction for attenuation, Spearman 1904). The cosine divided by
    that is near 1 for one voice whatever the durations.
    """

    noise_seconds: float
    """Duration at which noise and voice have the same power, seconds."""

    stranger: float
    """Corrected cosine that 95% of pairs of different voices stay below."""

    minimum_seconds: float
    """Speech shorter than this can't found a voice, seconds."""

    def similarity(self, cosine: float, seconds: float, other_seconds: float) -> float:
        """1: as alike as one voice is to itself; 0: as alike as strangers seldom are.

        Not clipped: values outside of 0 to 1 keep their order.
        """
        corrected = cosine / (self._reliability(seconds) * self._reliability(other_seconds))
        return (corrected - self.stranger) / (1 - self.stranger)

    def _reliability(self, seconds: float) -> float:
        return 1 / math.sqrt(1 + self.noise_seconds / max(seconds, 0.01))


@runtime_checkable
class SpeakerEncoder(Protocol):
    """Turns speech into a vector that tells voices apart. Called by one thread only."""

    @property
    def name(self) -> str:
        """The kind of encoder, as operators see it."""

    @property
    def model(self) -> str:
        """Which weights."""

    @property
    def device(self) -> str:
        """Where it runs: cpu, cuda."""

    @property
    def calibration(self) -> Calibration:
        """How its cosines are read."""

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        """The voice in each of them, in the same order.

        Raises EngineError where there is nothing to hear in one of them.
        """
