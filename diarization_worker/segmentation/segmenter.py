"""What a speaker segmentation model must do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from diarization_worker.encoders.encoder import Audio


@dataclass(frozen=True, slots=True)
class Activity:
    """Who is active when, frame by frame, in one stretch of audio."""

    probabilities: NDArray[np.float32]
    """Shape [frames, local speakers], 0 to 1. Local speakers are told apart within this stretch
    only; several may be active in a frame."""
    frame_s: float
    """Seconds between two frames; frame i is centred at (i + 0.5) * frame_s."""


@runtime_checkable
class SpeakerSegmenter(Protocol):
    """Tells who is active when, whoever they are. Called by one thread only."""

    @property
    def name(self) -> str:
        """The kind of model, as operators see it."""

    @property
    def model(self) -> str:
        """Which weights."""

    @property
    def longest(self) -> float:
        """Audio that one call can take in, seconds; longer audio is given in windows."""

    def segment(self, audios: Sequence[Audio]) -> list[Activity]:
        """The activity in each of them, in the same order; raises EngineError."""
