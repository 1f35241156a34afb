import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diarization_worker.segmentation.regions import (
    Region,
    binarise,
    cut,
    drop_short,
    fill_gaps,
    regions,
)


def frames(marks: str) -> np.ndarray:
    return np.array([mark == "x" for mark in marks])


def test_active_from_the_onset_until_below_the_offset() -> None:
    probabilities = np.array([0.45, 0.5, 0.45, 0.4, 0.39, 0.45, 0.6], np.float32)
    assert binarise(probabilities, 0.5, 0.4).tolist() == [
        False, True, True, True, False, False, True,
    ]  # fmt: skip


def test_columns_are_binarised_by_themselves() -> None:
    probabilities = np.array([[0.9, 0.1], [0.45, 0.45], [0.1, 0.9]], np.float32)
    assert binarise(probabilities, 0.5, 0.4).T.tolist() == [
        [True, True, False],
        [False, False, True],
    ]


@given(
    arrays(np.float32, st.integers(0, 40), elements=st.floats(0, 1, width=32)),
    st.floats(0, 1, width=32),
    st.floats(0, 1, width=32),
)
def test_binarised_as_one_would_by_hand(
    probabilities: np.ndarray, one: float, other: float
) -> None:
    onset, offset = max(one, other), min(one, other)
    active, expected = False, []
    for probability in probabilities:
        active = probability >= (offset if active else onset)
        expected.append(bool(active))
    assert binarise(probabilities, onset, offset).tolist() == expected


def test_regions_are_the_stretches_of_active_frames() -> None:
    assert regions(frames("xx-x--xx"), 0.5) == [Region(0, 1), Region(1.5, 2), Region(3, 4)]
    assert regions(frames(""), 0.5) == []


def test_only_gaps_between_speech_are_filled() -> None:
    assert fill_gaps(frames("--x-x--x--"), 1).tolist() == frames("--xxx--x--").tolist()
    assert fill_gaps(frames("--x-x--x--"), 2).tolist() == frames("--xxxxxx--").tolist()
    assert not fill_gaps(frames("---"), 9).any()


def test_short_stretches_are_dropped() -> None:
    assert drop_short(frames("x-xx-xxx"), 2).tolist() == frames("--xx-xxx").tolist()


def test_audio_is_cut_to_regions() -> None:
    audio = np.arange(32_000, dtype=np.float32)
    kept = cut(audio, [Region(0.0, 0.25), Region(1.75, 2.5)])
    assert kept.tolist() == [*range(4_000), *range(28_000, 32_000)]
    assert cut(audio, []).shape == (0,)
