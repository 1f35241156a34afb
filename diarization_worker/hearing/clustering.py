"""Samples of voices → voices: the two most alike are joined, again and again. Pure.

Agglomerative clustering of centroids, with the calibrated similarity as its measure: that weighs
durations, so what is long and surely alike is joined first, and what is too short to be sure of
last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarization_worker.calibration.calibration import Calibration
from diarization_worker.encoders.encoder import Embedding


@dataclass(frozen=True, slots=True)
class Sample:
    """A stretch of speech of one voice."""

    embedding: Embedding
    seconds: float
    """Speech behind the embedding."""
    window: int
    """Where it was heard."""


def cluster(
    samples: Sequence[Sample],
    calibration: Calibration,
    threshold: float,
    *,
    num_voices: int | None = None,
    max_voices: int | None = None,
    overlap: float = 1.0,
    beside: float = 0.0,
) -> list[int]:
    """The voice of each sample, numbered 0, 1, … in order of appearance.

    Joins while two are alike by `threshold`, and then down to `max_voices`; or, given `num_voices`,
    until there are so many. `overlap`: in how many samples a second of speech is found. `beside`:
    similarity that two voices lose if each window with one of them has the other as well. Takes
    n² x 8 bytes for n samples.
    """
    clusters = _Clusters(samples, calibration, overlap, beside)
    most = num_voices or max_voices or len(samples)
    while clusters.count > 1:
        if clusters.count == num_voices:
            break
        one, other, alike = clusters.nearest()
        if num_voices is None and alike < threshold and clusters.count <= most:
            break
        clusters.join(one, other)
    return renumbered(clusters.labels.tolist())


def join_alike(
    samples: Sequence[Sample], labels: Sequence[int], overlap: float = 1.0
) -> list[Sample]:
    """One sample for each label: the mean of its samples, weighted by their seconds."""
    joined = []
    for label in range(max(labels) + 1):
        its = [sample for sample, own in zip(samples, labels, strict=True) if own == label]
        total = np.sum([sample.embedding * sample.seconds for sample in its], axis=0)
        seconds = [sample.seconds for sample in its]
        joined.append(
            Sample(
                np.asarray(total / np.linalg.norm(total), np.float32),
                max(max(seconds), sum(seconds) / overlap),
                its[0].window,
            )
        )
    return joined


def renumbered(labels: Sequence[int]) -> list[int]:
    """The same labels as 0, 1, … in order of appearance."""
    order = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    return [order[label] for label in labels]


class _Clusters:
    """What remains to be joined, and how alike each is to each."""

    def __init__(
        self, samples: Sequence[Sample], calibration: Calibration, overlap: float, beside: float
    ) -> None:
        self._calibration = calibration
        self._overlap = overlap
        self._penalty = beside
        seconds = np.array([sample.seconds for sample in samples], np.float32)
        embeddings = np.array([sample.embedding for sample in samples], np.float32)
        windows = np.array([sample.window for sample in samples])
        self._sums = embeddings * seconds[:, np.newaxis]
        self._total = seconds
        self._longest = seconds.copy()
        self._members = np.ones(len(samples), np.float32)
        self._beside = (windows[:, np.newaxis] == windows).astype(np.float32)
        self._alive = np.ones(len(samples), bool)
        self._references = calibration.references(embeddings, seconds)
        self._alike = np.stack([self._row(index) for index in range(len(samples))])
        self._best = self._alike.argmax(axis=1)
        self.labels = np.arange(len(samples))
        self.count = len(samples)

    def nearest(self) -> tuple[int, int, float]:
        """The two most alike, and how much."""
        one = int(self._alike[np.arange(len(self._best)), self._best].argmax())
        other = int(self._best[one])
        return one, other, float(self._alike[one, other])

    def join(self, one: int, other: int) -> None:
        """Make the two one."""
        for array in (self._sums, self._total, self._members, self._beside):
            array[one] += array[other]
        self._beside[:, one] += self._beside[:, other]
        self._longest[one] = max(self._longest[one], self._longest[other])
        self._alive[other] = False
        self.labels[self.labels == other] = one
        self.count -= 1
        seconds = max(self._longest[one], self._total[one] / self._overlap)
        embedding = self._sums[one] / np.linalg.norm(self._sums[one])
        self._references.put(
            one, self._calibration.references(embedding[np.newaxis], np.array([seconds]))
        )
        self._alike[one] = self._alike[:, one] = row = self._row(one)
        self._alike[other] = self._alike[:, other] = -np.inf
        self._follow(one, other, row)

    def _row(self, index: int) -> NDArray[np.float32]:
        """How alike all others are to one; -inf for itself and for those that are gone."""
        references = self._references
        row = self._calibration.compare(
            references.embeddings[index], float(references.seconds[index]), references
        )
        fewer = np.minimum(self._members, self._members[index])
        row = row - self._penalty * np.minimum(self._beside[index] / fewer, 1)
        row[~self._alive] = row[index] = -np.inf
        return np.asarray(row, np.float32)

    def _follow(self, one: int, other: int, row: NDArray[np.float32]) -> None:
        """Keep for each the index of the one most alike to it."""
        stale = np.isin(self._best, (one, other))
        self._best[stale] = self._alike[stale].argmax(axis=1)
        nearer = row > self._alike[np.arange(len(row)), self._best]
        self._best[nearer] = one
        self._best[one] = row.argmax()
