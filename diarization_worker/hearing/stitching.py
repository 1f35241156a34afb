"""Windows whose local voices have been named → who is heard when in the whole. Pure."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from diarization_worker.hearing.local import SPEECH_OFFSET, SPEECH_ONSET, Window
from diarization_worker.segmentation.regions import binarise

SECOND_ONSET: Final = 1.35
SECOND_OFFSET: Final = 1.3
"""Voices expected at once from which there are two, and below which there are no longer."""

LEAST_VOTE: Final = 0.05
"""Probability below which a voice is not heard, however many are expected."""


def stitch(
    windows: Sequence[Window], labels: Sequence[int], seconds: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each voice is heard, and whether it is the one heard best, frame by frame: two of
    shape [frames, voices].

    In each frame as many voices are heard as its windows expect on average, those that they hear
    best (after Bredin 2023, "pyannote.audio 2.1 speaker diarization pipeline: principle, benchmark,
    and recipe", which counts yes and no where this takes probabilities: 0.03 less DER).
    """
    frame_s = windows[0].activity.frame_s
    frames = max(1, round(seconds / frame_s))
    voices = max(labels) + 1
    heard = np.zeros((frames, voices), np.float32)
    expected = np.zeros(frames, np.float32)
    seen = np.zeros(frames, np.float32)
    names = iter(labels)
    for window in windows:
        first = round(window.start / frame_s)
        here = slice(first, min(first + len(window.activity.probabilities), frames))
        length = here.stop - here.start
        votes = np.zeros((length, voices), np.float32)
        for voice in window.voices:
            name = next(names)
            votes[:, name] = np.maximum(votes[:, name], voice.probabilities[:length])
        heard[here] += votes
        expected[here] += window.activity.probabilities[:length].sum(axis=1)
        seen[here] += 1
    seen = np.maximum(seen, 1)
    heard /= seen[:, np.newaxis]
    count = _count(expected / seen)
    rank = np.argsort(np.argsort(-heard, axis=1, kind="stable"), axis=1, kind="stable")
    told = (rank < count[:, np.newaxis]) & (heard >= LEAST_VOTE)
    return told, told & (rank == 0)


def _count(expected: NDArray[np.float32]) -> NDArray[np.intp]:
    one = binarise(expected, SPEECH_ONSET, SPEECH_OFFSET)
    two = binarise(expected, SECOND_ONSET, SECOND_OFFSET)
    return one.astype(np.intp) + (one & two)
