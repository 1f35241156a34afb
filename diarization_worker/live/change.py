"""Finds where the speaker changes within an utterance, by how alike its windows sound. Pure.

Where the window before a moment is less like the window after it than one voice is like itself, the
speech is cut. The pieces are then joined into voices, the two most alike first (agglomerative
clustering), until none are as alike as one voice is. A voice is judged by all of its pieces
together: in a quick exchange each is too short to be sure of, their sum is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from diarization_worker.encoders.encoder import Audio, Calibration, Embedding
from diarization_worker.live.assignment import Piece, Sample

WINDOW_STEPS: Final = 4

STEP_S: Final = 0.4
"""Between the starts of two windows, seconds. Steps of 0.2 s took twice as long and cut as many of
111 recordings of one voice (8%, against 7%)."""

WINDOW_S: Final = WINDOW_STEPS * STEP_S
"""Length of a window, and of the shortest piece, seconds of speech."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The voices that speak in an utterance, and when."""

    voices: tuple[Sample, ...]
    """In the order in which they are first heard."""
    pieces: tuple[Piece, ...]
    """In order, without gaps; neighbours differ in voice. Times leave pauses out."""


def windows(speech: Audio) -> list[Audio]:
    """What of the speech is to be embedded: windows, or all of it where no change could be found.

    Less than two windows' length has no room for a change.
    """
    size, step = int(WINDOW_S * SAMPLE_RATE), int(STEP_S * SAMPLE_RATE)
    if len(speech) < 2 * size:
        return [speech]
    return [speech[start : start + size] for start in range(0, len(speech) - size + 1, step)]


def find_exchange(
    embeddings: Sequence[Embedding],
    seconds: float,
    num_speakers: int,
    similarity_threshold: float,
    calibration: Calibration,
) -> Exchange:
    """Who takes turns in an utterance of `seconds` of speech, given embeddings of its `windows`.

    At most `num_speakers` voices (0: no limit); `similarity_threshold` is in calibrated similarity.
    """
    vectors = np.asarray(embeddings)
    cuts = _cuts(vectors, similarity_threshold, calibration)
    bounds = [0, *cuts, len(vectors) + WINDOW_STEPS - 1]
    pieces = [_Cluster.of(vectors, start, end) for start, end in pairwise(bounds)]
    clusters = _join(pieces, num_speakers, similarity_threshold, calibration)
    if len(clusters) == 1:
        (only,) = clusters
        return Exchange((Sample(only.embedding, seconds),), (Piece(0.0, seconds, 0),))
    turns: list[Piece] = []
    for start, end in pairwise(bounds):
        voice = next(i for i, cluster in enumerate(clusters) if start in cluster.starts)
        ends = seconds if end == bounds[-1] else end * STEP_S
        if turns and turns[-1].voice == voice:
            turns[-1] = Piece(turns[-1].start, ends, voice)
        else:
            turns.append(Piece(start * STEP_S, ends, voice))
    voices = [Sample(cluster.embedding, cluster.seconds, contrasted=True) for cluster in clusters]
    return Exchange(tuple(voices), tuple(turns))


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Pieces that are taken for one voice."""

    starts: tuple[int, ...]
    """Of its pieces, in steps."""
    steps: int
    direction: NDArray[np.float32]
    """Sum of the pieces' mean embeddings, each weighted by its length."""

    @classmethod
    def of(cls, vectors: NDArray[np.float32], start: int, end: int) -> "_Cluster":
        """The piece between two steps, heard through the windows that lie within it."""
        mean = vectors[start : end - WINDOW_STEPS + 1].mean(axis=0)
        return cls((start,), end - start, mean * (end - start))

    @property
    def embedding(self) -> Embedding:
        return np.asarray(self.direction / np.linalg.norm(self.direction), np.float32)

    @property
    def seconds(self) -> float:
        return self.steps * STEP_S

    def joined(self, other: "_Cluster") -> "_Cluster":
        return _Cluster(
            tuple(sorted(self.starts + other.starts)),
            self.steps + other.steps,
            self.direction + other.direction,
        )


def _cuts(
    vectors: NDArray[np.float32], similarity_threshold: float, calibration: Calibration
) -> list[int]:
    """Steps at which neighbouring windows are unlike each other, at least a window apart."""
    before, after = vectors[:-WINDOW_STEPS], vectors[WINDOW_STEPS:]
    alike = [
        calibration.similarity(float(cosine), WINDOW_S, WINDOW_S)
        for cosine in np.einsum("ij,ij->i", before, after)
    ]
    cuts: list[int] = []
    for index in np.argsort(alike, kind="stable"):
        step = int(index) + WINDOW_STEPS
        if alike[index] < similarity_threshold and all(
            abs(step - cut) >= WINDOW_STEPS for cut in cuts
        ):
            cuts.append(step)
    return sorted(cuts)


def _join(
    clusters: list[_Cluster],
    num_speakers: int,
    similarity_threshold: float,
    calibration: Calibration,
) -> list[_Cluster]:
    """Fewer clusters, in order of their first pieces."""

    def alike(pair: tuple[_Cluster, _Cluster]) -> float:
        one, other = pair
        cosine = float(one.embedding @ other.embedding)
        return calibration.similarity(cosine, one.seconds, other.seconds)

    while len(clusters) > 1:
        one, other = nearest = max(combinations(clusters, 2), key=alike)
        if alike(nearest) < similarity_threshold and not 0 < num_speakers < len(clusters):
            break
        rest = [cluster for cluster in clusters if cluster is not one and cluster is not other]
        clusters = [*rest, one.joined(other)]
    return sorted(clusters, key=lambda cluster: cluster.starts)
