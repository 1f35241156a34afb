import numpy as np

from diarization_worker.hearing.local import LocalVoice, Window
from diarization_worker.hearing.stitching import stitch
from diarization_worker.segmentation.segmenter import Activity


def window(start: float, *voices: list[float]) -> Window:
    """Frames of 0.1 s."""
    probabilities = np.array(voices, np.float32).T
    nobody = np.ones(2, np.float32)
    return Window(
        start,
        Activity(probabilities, 0.1),
        tuple(LocalVoice(probabilities[:, i], nobody, 1.0, clear=True) for i in range(len(voices))),
    )


def test_windows_are_averaged_under_the_names_of_their_voices() -> None:
    windows = [
        window(0.0, [0.9, 0.9, 0.9, 0.3], [0.0, 0.0, 0.0, 0.3]),
        window(0.2, [0.1, 0.2, 0.9, 0.9], [0.9, 0.2, 0.0, 0.0]),
    ]
    heard, best = stitch(windows, [0, 1, 1, 0], 0.6)
    assert heard.T.tolist() == [
        [True, True, True, True, False, False],  # 0.25 on average at 0.3 s, of 0.5 in all
        [False, False, False, False, True, True],
    ]
    assert best.tolist() == heard.tolist(), "nobody talks over anybody"


def test_as_many_are_heard_as_are_expected() -> None:
    both = window(0.0, [0.9, 0.9, 0.7], [0.9, 0.2, 0.4], [0.1, 0.1, 0.0])
    heard, _ = stitch([both], [0, 1, 2], 0.3)
    assert heard.T.tolist() == [
        [True, True, True],
        [True, False, False],
        [False, False, False],
    ]


def test_of_two_who_talk_at_once_one_is_heard_best() -> None:
    change = window(0.0, [0.9, 0.9, 0.7, 0.1], [0.1, 0.7, 0.9, 0.9])
    heard, best = stitch([change], [0, 1], 0.4)
    assert heard.T.tolist() == [[True, True, True, False], [False, True, True, True]]
    assert best.T.tolist() == [[True, True, False, False], [False, False, True, True]]


def test_quiet_speech_that_may_be_of_either_is_speech() -> None:
    doubtful = window(0.0, [0.25, 0.05], [0.2, 0.05])
    heard, _ = stitch([doubtful], [0, 1], 0.2)
    assert heard.T.tolist() == [[True, False], [False, False]]
