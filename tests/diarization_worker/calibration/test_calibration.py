import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diarization_worker.calibration.calibration import Calibration, Floats

PLAIN = Calibration(
    encoder="test/none",
    centre=np.zeros(1, np.float32),
    lines=np.zeros((0, 1), np.float32),
    noise_seconds=1.0,
    mismatch=0.0,
    stranger=0.0,
    spread=0.1,
    minimum_seconds=1.0,
)

LINE = np.array([[0, 0, 0, 1]], np.float32)

OVER_LINES = replace(PLAIN, centre=np.array([0, 0, 0.5, 0], np.float32), lines=LINE, mismatch=1.0)


def at(cosine: float) -> tuple[Floats, Floats]:
    """Two vectors with this cosine."""
    other = np.array([cosine, math.sqrt(1 - cosine**2), 0, 0], np.float32)
    return np.array([1, 0, 0, 0], np.float32), other


def similarity(cosine: float, seconds: float, other_seconds: float) -> float:
    one, other = at(cosine)
    return PLAIN.similarity(one, seconds, other, other_seconds)


def test_halfway_between_strangers_and_one_voice_the_evidence_is_even() -> None:
    assert similarity(0.75 / 2, 3, 3) == pytest.approx(0.6, abs=1e-4)  # 1/(1 + 1/3) is 0.75


def test_a_score_is_made_of_the_likelihood_ratio() -> None:
    expected, variance = 0.75, 0.01
    for cosine in (0.3, 0.4, 0.45):
        for_one = math.exp(-((cosine - expected) ** 2) / 2 / variance)
        for_two = math.exp(-(cosine**2) / 2 / variance)
        odds = 1.5 * (for_one / for_two) ** (1 / 4)
        assert similarity(cosine, 3, 3) == pytest.approx(odds / (1 + odds), abs=1e-4)


def test_it_grows_with_the_cosine_and_stays_between_0_and_1() -> None:
    scores = [similarity(cosine, 3, 3) for cosine in np.linspace(-0.3, 1, 20)]
    assert scores == sorted(scores)
    assert scores[0] > 0
    assert scores[-1] <= 1


def test_the_same_cosine_says_more_in_short_speech() -> None:
    assert similarity(0.4, 1, 5) > similarity(0.4, 5, 5) > similarity(0.4, 30, 30)


def test_one_voice_is_the_surer_the_more_of_it_was_heard() -> None:
    surer = [
        similarity(1 / math.sqrt((1 + 1 / one) * (1 + 1 / other)), one, other)
        for one, other in ((1, 1), (1, 3), (3, 3), (3, 10), (10, 10))
    ]
    assert surer == sorted(surer)
    assert surer[0] > 0.7


def test_next_to_nothing_is_not_taken_for_anybody() -> None:
    assert similarity(0.0, 0.1, 0.1) < 0.4
    assert similarity(0.1, 0.1, 0.1) < 0.6
    assert similarity(0.3, 0.1, 0.1) > 0.6


def test_what_all_have_in_common_and_what_their_line_adds_count_for_nothing() -> None:
    stranger = np.array([1, 0, 0.5, 0.9], np.float32)
    other = np.array([0, 1, 0.5, 0.9], np.float32)
    same = np.array([2, 0, 0.5, 0.9], np.float32)
    assert OVER_LINES.similarity(stranger, 3, other, 3) < 0.1
    assert OVER_LINES.similarity(stranger, 3, same, 3) > 0.95


def test_one_voice_may_be_less_like_itself_over_two_lines() -> None:
    one, other = at(0.35)
    over_another = other + LINE[0]
    assert OVER_LINES.similarity(one, 3, over_another, 3) > OVER_LINES.similarity(one, 3, other, 3)


def test_many_at_once_are_as_one_by_one() -> None:
    generator = np.random.default_rng(0)
    one, *others = generator.normal(size=(6, 4)).astype(np.float32)
    seconds = np.array([0.3, 1, 2, 5, 60])
    singly = [
        OVER_LINES.similarity(one, 2.0, other, second)
        for other, second in zip(others, seconds, strict=True)
    ]
    together = OVER_LINES.similarities(one, 2.0, np.array(others), seconds)
    np.testing.assert_allclose(together, singly, rtol=1e-5)


def test_references_can_be_joined_picked_and_replaced() -> None:
    generator = np.random.default_rng(0)
    one, *others = generator.normal(size=(5, 4)).astype(np.float32)
    vectors, seconds = np.array(others), np.array([1.0, 2, 3, 4])
    whole = OVER_LINES.compare(one, 2.0, OVER_LINES.references(vectors, seconds))
    parts = OVER_LINES.references(vectors[:1], seconds[:1]).joined(
        OVER_LINES.references(vectors[1:], seconds[1:])
    )
    assert len(parts) == 4
    np.testing.assert_allclose(OVER_LINES.compare(one, 2.0, parts), whole, rtol=1e-5)
    picked = parts.rows([2, 0])
    np.testing.assert_allclose(OVER_LINES.compare(one, 2.0, picked), whole[[2, 0]], rtol=1e-5)
    picked.put(1, parts.rows([3]))
    np.testing.assert_allclose(OVER_LINES.compare(one, 2.0, picked), whole[[2, 3]], rtol=1e-5)
    np.testing.assert_allclose(OVER_LINES.compare(one, 2.0, parts), whole, rtol=1e-5)


def test_it_survives_being_saved(tmp_path: Path) -> None:
    OVER_LINES.save(tmp_path / "calibration")
    loaded = Calibration.load(tmp_path / "calibration")
    assert loaded.encoder == "test/none"
    assert loaded.minimum_seconds == OVER_LINES.minimum_seconds
    one, other = at(0.4)
    assert loaded.similarity(one, 1, other, 2) == OVER_LINES.similarity(one, 1, other, 2)
