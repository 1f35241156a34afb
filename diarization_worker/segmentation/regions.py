"""Activity → regions of time, and the audio that lies in them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from diarization_worker.encoders.encoder import Audio

Frames = NDArray[np.bool_]
"""Active or not, frame by frame, shape [frames]."""


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of time, seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


def binarise(probabilities: NDArray[np.float32], onset: float, offset: float) -> NDArray[np.bool_]:
    """Active from where a probability reaches `onset` until it falls below `offset`.

    Shape [frames, …], each column by itself; offset <= onset.
    """
    begins, ends = probabilities >= onset, probabilities < offset
    frames = np.arange(len(probabilities)).reshape(-1, *[1] * (probabilities.ndim - 1))
    last_begin = np.maximum.accumulate(np.where(begins, frames, -1), axis=0)
    last_end = np.maximum.accumulate(np.where(ends, frames, -1), axis=0)
    return np.asarray(last_begin > last_end)


def regions(active: Frames, frame_s: float) -> list[Region]:
    """The stretches of active frames, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], active, [False]))))
    return [
        Region(float(start * frame_s), float(end * frame_s))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def fill_gaps(active: Frames, longest: int) -> Frames:
    """Active as well in pauses of at most `longest` frames between two active ones."""
    frames = np.arange(len(active))
    before = np.maximum.accumulate(np.where(active, frames, -1))
    after = np.minimum.accumulate(np.where(active, frames, 2 * len(active))[::-1])[::-1]
    inside = (before >= 0) & (after < len(active)) & (after - before - 1 <= longest)
    return np.asarray(active | inside)


def drop_short(active: Frames, shortest: int) -> Frames:
    """Only the stretches of at least `shortest` active frames."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], active, [False]))))
    kept = np.zeros_like(active)
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        kept[start:end] = end - start >= shortest
    return kept


def cut(audio: Audio, stretches: Sequence[Region]) -> Audio:
    """The audio of the regions, one after the other."""
    pieces = [
        audio[max(0, round(r.start * SAMPLE_RATE)) : round(r.end * SAMPLE_RATE)] for r in stretches
    ]
    return np.concatenate(pieces) if pieces else np.empty(0, np.float32)
