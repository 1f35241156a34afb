"""Which local voice is whose, over all windows of a recording. Pure."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from diarization_worker.calibration.calibration import Calibration
from diarization_worker.hearing.clustering import Sample, cluster, join_alike, renumbered

BESIDE: Final = 0.5
"""Similarity that voices lose by being heard beside each other: so much that the net, which told
them apart, is believed. With 0.3 two people who talk at once are joined sooner: 0.207 instead of
0.193 DER in the recordings of `diarization/`, at a threshold of 0.7."""

LARGEST: Final = 3_000
"""Samples clustered at once, an hour's; their similarities take 70 MB. More are clustered block by
block, then the blocks' voices, so that memory stays bounded at any length."""

MOST: Final = 100
"""Voices that a block may have."""


def name_voices(
    samples: Sequence[Sample],
    calibration: Calibration,
    threshold: float,
    *,
    least: float,
    overlap: float,
    num_voices: int | None = None,
    max_voices: int | None = None,
) -> list[int]:
    """The voice of each sample, numbered 0, 1, … in order of appearance.

    Samples of less than `least` seconds found no voice where there are enough longer ones: they
    join the nearest. See `cluster` for the rest.
    """
    founders = [index for index, sample in enumerate(samples) if sample.seconds >= least]
    if len(founders) < (num_voices or 1):
        founders = list(range(len(samples)))
    clustered = [samples[index] for index in founders]
    found = _cluster(clustered, calibration, threshold, overlap, num_voices, max_voices)
    labels = np.full(len(samples), -1)
    labels[founders] = found
    _join_nearest(samples, labels, join_alike(clustered, found, overlap), calibration)
    return renumbered(labels.tolist())


def _cluster(
    samples: Sequence[Sample],
    calibration: Calibration,
    threshold: float,
    overlap: float,
    num_voices: int | None,
    max_voices: int | None,
) -> list[int]:
    if len(samples) <= LARGEST:
        return cluster(
            samples,
            calibration,
            threshold,
            num_voices=num_voices,
            max_voices=max_voices,
            overlap=overlap,
            beside=BESIDE,
        )
    labels: list[int] = []
    voices: list[Sample] = []
    for start in range(0, len(samples), LARGEST):
        block = samples[start : start + LARGEST]
        found = _cluster(block, calibration, threshold, overlap, None, MOST)
        labels += [len(voices) + label for label in found]
        voices += join_alike(block, found, overlap)
    joined = _cluster(voices, calibration, threshold, 1.0, num_voices, max_voices)
    return [joined[label] for label in labels]


def _join_nearest(
    samples: Sequence[Sample],
    labels: np.ndarray[tuple[int], np.dtype[np.intp]],
    voices: Sequence[Sample],
    calibration: Calibration,
) -> None:
    """Give the samples without a label that of the voice most alike, in place."""
    references = calibration.references(
        np.array([voice.embedding for voice in voices]),
        np.array([voice.seconds for voice in voices]),
    )
    windows = np.array([sample.window for sample in samples])
    for index in np.flatnonzero(labels < 0).tolist():
        alike = calibration.compare(samples[index].embedding, samples[index].seconds, references)
        others = labels[(windows == windows[index]) & (labels >= 0)]
        alike[np.unique(others)] -= BESIDE
        labels[index] = int(alike.argmax())
