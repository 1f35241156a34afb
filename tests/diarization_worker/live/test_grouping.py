import numpy as np
import pytest

from diarization_worker.live.grouping import HABIT, NOBODY, Group, Point, group
from tests.diarization_worker.live.voices_of import ANNA, BEN, CALIBRATION, CARL, between, like


def members(*points: Point, threshold: float = 0.6) -> list[tuple[int, ...]]:
    return [g.members for g in group(points, threshold, CALIBRATION)]


def test_nothing_makes_no_group() -> None:
    assert group([], 0.6, CALIBRATION) == []


def test_points_of_one_voice_come_together() -> None:
    points = [Point(v, 3.0) for v in (ANNA, BEN, ANNA, CARL, BEN)]
    assert members(*points) == [(0, 2), (1, 4), (3,)]


def test_a_group_weighs_its_members_by_their_seconds() -> None:
    near = between(ANNA, BEN, 0.2)
    (both,) = group([Point(ANNA, 6.0), Point(near, 2.0)], 0.6, CALIBRATION)
    expected = 6 * ANNA + 2 * near
    assert both.seconds == 8
    assert both.embedding == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)


def test_a_voice_print_neither_moves_nor_joins_another() -> None:
    near = between(ANNA, BEN, 0.2)
    prints = [Point(ANNA, 5.0, told=0, enrolled=True), Point(ANNA, 5.0, told=1, enrolled=True)]
    one, other = group([*prints, Point(near, 20.0)], 0.6, CALIBRATION)
    assert [one.members, other.members] in ([(0, 2), (1,)], [(0,), (1, 2)])
    assert one.embedding.tolist() == other.embedding.tolist() == ANNA.tolist()
    assert one.seconds == other.seconds == 5


@pytest.mark.parametrize(
    ("told", "shift", "together"),
    [
        ((0, 0), HABIT / 2, True),
        ((0, NOBODY), HABIT / 2, False),
        ((0, NOBODY), -HABIT / 2, True),
        ((0, 1), -HABIT / 2, False),
        ((0, 1), -2 * HABIT, True),
    ],
    ids=["told one", "open, too unlike", "open, alike", "told two", "told two, very alike"],
)
def test_what_was_told_draws_together_and_keeps_apart(
    told: tuple[int, int], shift: float, *, together: bool
) -> None:
    one, other = Point(ANNA, 5.0, told[0]), Point(like(ANNA, BEN, 0.5, 2.0), 2.0, told[1])
    threshold = 0.5 + shift
    assert (len(members(one, other, threshold=threshold)) == 1) is together


def test_the_most_alike_are_joined_first() -> None:
    """Two voices and something between: it goes to the nearer, and the two stay apart."""
    points = [Point(ANNA, 5.0), Point(BEN, 5.0), Point(between(ANNA, BEN, 0.4), 2.0)]
    assert members(*points) == [(0, 2), (1,)]


def test_a_group_is_a_unit_vector() -> None:
    only = Group((0, 1), np.asarray(3 * ANNA + 4 * BEN, np.float32), 7.0)
    assert only.embedding.tolist() == pytest.approx([0.6, 0.8, 0, 0])
