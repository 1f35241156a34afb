"""What a speaker encoder must do."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]
"""Samples in [-1, 1], mono, 16 kHz, shape [samples]."""

Embedding = NDArray[np.float32]
"""Unit vector, shape [dim]."""


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

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        """The voice in each of them, in the same order.

        Raises EngineError where there is nothing to hear in one of them.
        """
