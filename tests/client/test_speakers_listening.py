from collections.abc import Iterator

import pytest

from client.speakers.listening import (
    Change,
    Heard,
    Listening,
    State,
    Window,
    as_spoken,
    windows,
)
from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE

SECOND = SAMPLE_RATE * BYTES_PER_SAMPLE


def seconds(count: int) -> Iterator[bytes]:
    """Each second of audio has a byte value of its own."""
    for second in range(count):
        for _ in range(10):
            yield bytes([second]) * (SECOND // 10)


def spans(blocks: Iterator[bytes]) -> list[tuple[float, float]]:
    return [(window.start, window.end) for window in windows(blocks)]


def test_windows_hold_what_was_said_last() -> None:
    made = list(windows(seconds(5)))
    assert [(window.start, window.end) for window in made] == [
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 4),
        (2, 5),
    ]
    assert made[-1].pcm == b"".join(bytes([second]) * SECOND for second in (2, 3, 4))


def test_the_end_is_heard_too() -> None:
    assert spans(iter([bytes(SECOND), bytes(SECOND // 2)])) == [(0, 1), (0, 1.5)]
    assert spans(iter([])) == []


def test_whoever_falls_behind_hears_what_is_said_now() -> None:
    assert spans(iter([bytes(SECOND), bytes(20 * SECOND), bytes(SECOND)])) == [
        (0, 1),
        (18, 21),
        (19, 22),
    ]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_recording_comes_at_the_pace_it_was_spoken() -> None:
    clock = Clock()
    came = []
    for block in as_spoken(seconds(2), 1.0, clock, clock.sleep):
        came.append((round(clock.now - 100, 3), len(block) / SECOND))
        if len(came) == 5:
            clock.now += 0.95  # this one took long to hear
    assert came[:5] == [(pytest.approx(0.1 * (i + 1)), pytest.approx(0.1)) for i in range(5)]
    assert came[5] == (pytest.approx(1.5), pytest.approx(1.0))
    assert came[-1][0] == pytest.approx(2.0)
    assert sum(length for _, length in came) == pytest.approx(2.0)


def test_twice_the_pace_takes_half_the_time() -> None:
    clock = Clock()
    assert sum(len(block) for block in as_spoken(seconds(2), 2.0, clock, clock.sleep)) == 2 * SECOND
    assert clock.now == pytest.approx(101)


def test_without_a_pace_nothing_waits_and_nothing_is_joined() -> None:
    clock = Clock()
    assert list(as_spoken(seconds(1), 0.0, clock, clock.sleep)) == list(seconds(1))
    assert clock.now == 100


JANE = Heard(State.SPEAKER, "jane", "Jane", 0.9)
TOM = Heard(State.SPEAKER, "tom", None, 0.8)
NOBODY = Heard(State.SILENCE)


def changes(*heard: Heard | None) -> list[Change]:
    """What is told of windows of three seconds, one a second."""
    listening = Listening()
    made = [listening.hear(Window(float(i), i + 3.0, b""), each) for i, each in enumerate(heard)]
    return [change for change in (*made, listening.finish()) if change is not None]


def test_a_change_is_told_once_it_is_steady() -> None:
    assert changes(JANE, JANE, JANE, TOM, TOM, TOM, NOBODY, NOBODY) == [
        Change(1.5, JANE),
        Change(4.5, TOM),
        Change(7.5, NOBODY),
    ]


def test_a_window_on_its_own_changes_nothing() -> None:
    assert changes(JANE, JANE, TOM, JANE, TOM, JANE, NOBODY, JANE) == [Change(1.5, JANE)]


def test_windows_that_tell_nothing_are_passed_over() -> None:
    assert changes(JANE, None, JANE, None, TOM, None, TOM) == [Change(1.5, JANE), Change(5.5, TOM)]


def test_the_latest_score_counts() -> None:
    better = Heard(State.SPEAKER, "jane", "Jane", 0.99)
    assert changes(JANE, better) == [Change(1.5, better)]


def test_a_recording_of_one_window_is_answered() -> None:
    assert changes(JANE) == [Change(1.5, JANE)]
    assert changes(None) == []
    assert changes(JANE, JANE, TOM) == [Change(1.5, JANE)]
