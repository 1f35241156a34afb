import numpy as np
import pytest

from analyzer_worker.analyzer import LABELS
from analyzer_worker.training.calibration import (
    NEUTRAL,
    Adjustment,
    expected_calibration_error,
    fit,
    softmax,
)


def test_what_was_boasted_is_taken_back() -> None:
    chance = np.random.default_rng(0)
    honest = chance.normal(0, 2, (5_000, 3))
    labels = [LABELS[chance.choice(3, p=row)] for row in softmax(honest)]
    boasting = honest * 3
    boasting[:, NEUTRAL] -= 2
    found = fit(boasting, labels, np.ones(len(labels)), np.zeros(len(labels), bool))
    assert found.temperature == pytest.approx(3, rel=0.1)
    assert found.neutral == pytest.approx(2 / 3, abs=0.1)
    assert found.apply(boasting) == pytest.approx(honest, abs=1)


def test_reviews_say_nothing_of_the_neutral_band() -> None:
    chance = np.random.default_rng(1)
    honest = chance.normal(0, 2, (4_000, 3))
    labels = [LABELS[chance.choice(3, p=row)] for row in softmax(honest)]
    decided = np.arange(len(labels)) < 2_000
    honest[decided, NEUTRAL] = -20
    labels[:2_000] = [
        LABELS[chance.choice(3, p=row)] for row in softmax(honest[decided] - [0, 0, np.inf])
    ]
    found = fit(honest.copy(), labels, np.ones(len(labels)), decided)
    assert found.temperature == pytest.approx(1, rel=0.1)
    assert found.neutral == pytest.approx(0, abs=0.15)


def test_applying_leaves_the_logits_alone() -> None:
    logits = np.ones((2, 3))
    Adjustment(2, 1).apply(logits)
    assert (logits == 1).all()


@pytest.mark.parametrize(("confidence", "error"), [(0.75, 0.0), (0.95, 0.2), (0.55, 0.2)])
def test_the_error_is_the_distance_from_the_truth(confidence: float, error: float) -> None:
    right = np.array([True, True, True, False] * 25)
    found = expected_calibration_error(np.full(100, confidence), right)
    assert found == pytest.approx(error)


def test_one_bin_does_not_make_up_for_another() -> None:
    right = np.array([True] * 50 + [False] * 50)
    found = expected_calibration_error(np.array([0.9] * 50 + [0.1] * 50), right)
    assert found == pytest.approx(0.1)
