"""Which samples are of one voice: agglomerative clustering with a memory. Pure.

The two most alike are joined first, until none are alike enough. What has been told before draws
together or keeps apart, so that a grouping made anew with each utterance does not sway.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from diarization_worker.calibration.calibration import Calibration
from diarization_worker.encoders.encoder import Embedding

NOBODY: Final = -1

HABIT: Final = 0.1
"""Calibrated similarity by which points told to be of one speaker seem more alike than they are,
and points told to be of two speakers less."""


@dataclass(frozen=True, slots=True)
class Point:
    """Speech of one voice."""

    embedding: Embedding
    seconds: float
    told: int = NOBODY
    """The speaker_id that it was told to be of."""
    enrolled: bool = False
    """A voice print: it stays what its owner made it, and is never joined with another one."""


@dataclass(frozen=True, slots=True)
class Group:
    """Points of one voice."""

    members: tuple[int, ...]
    """Indices of the points, in order."""
    total: NDArray[np.float32]
    """Sum of the members' embeddings, each weighted by its seconds; a voice print alone, where it
    is a member."""
    seconds: float
    """Speech behind it."""

    @property
    def embedding(self) -> Embedding:
        """Unit vector: the members' mean direction."""
        return np.asarray(self.total / np.linalg.norm(self.total), np.float32)


def group(points: Sequence[Point], threshold: float, calibration: Calibration) -> list[Group]:
    """The groups, in order of their first members."""
    return _Grouping(points, calibration).joined(threshold) if points else []


class _Grouping:
    """A group for each point, then fewer."""

    def __init__(self, points: Sequence[Point], calibration: Calibration) -> None:
        self._calibration = calibration
        self._members = {i: [i] for i in range(len(points))}
        self._told = [{} if p.told == NOBODY else {p.told: p.seconds} for p in points]
        self._labels = np.array([p.told for p in points])
        self._enrolled = np.array([p.enrolled for p in points])
        self._gone = np.zeros(len(points), bool)
        seconds = np.array([p.seconds for p in points], np.float32)
        units = np.array([p.embedding for p in points], np.float32)
        self._totals = units * seconds[:, np.newaxis]
        self._groups = calibration.references(units, seconds)
        self._alike = np.array([self._similarities(i) for i in range(len(points))])

    def joined(self, threshold: float) -> list[Group]:
        """Join as long as two are alike enough; what is left."""
        while True:
            one, other = sorted(divmod(int(np.argmax(self._alike)), len(self._alike)))
            if self._alike[one, other] < threshold:
                break
            self._join(*((other, one) if self._enrolled[other] else (one, other)))
        groups = [
            Group(tuple(sorted(members)), self._totals[i], float(self._groups.seconds[i]))
            for i, members in self._members.items()
        ]
        return sorted(groups, key=lambda g: g.members)

    def _join(self, one: int, other: int) -> None:
        self._members[one] += self._members.pop(other)
        self._gone[other] = True
        if not self._enrolled[one]:
            self._totals[one] += self._totals[other]
            unit = self._totals[one] / np.linalg.norm(self._totals[one])
            seconds = self._groups.seconds[[one]] + self._groups.seconds[other]
            self._groups.put(one, self._calibration.references(unit[np.newaxis], seconds))
            told = self._told[one]
            for label, seconds in self._told[other].items():
                told[label] = told.get(label, 0.0) + seconds
            if told:
                self._labels[one] = max(told, key=lambda label: told[label])
        self._alike[other] = self._alike[:, other] = -np.inf
        self._alike[one] = self._alike[:, one] = self._similarities(one)

    def _similarities(self, i: int) -> NDArray[np.float32]:
        """How alike a group is to each, by habit and as far as they may be joined."""
        groups = self._groups
        alike = self._calibration.compare(groups.embeddings[i], float(groups.seconds[i]), groups)
        if self._labels[i] != NOBODY:
            same, unknown = self._labels == self._labels[i], self._labels == NOBODY
            alike += np.float32(HABIT) * np.where(same, 1, np.where(unknown, 0, -1))
        if self._enrolled[i]:
            alike[self._enrolled] = -np.inf
        alike[self._gone] = -np.inf
        alike[i] = -np.inf
        return alike
