import numpy as np
import pytest

from evaluation.identification import mu_law, rates


def test_rates_of_scores_that_overlap() -> None:
    one_voice = np.array([0.9, 0.8, 0.75, 0.5], np.float32)
    two_voices = np.array([0.1, 0.2, 0.3, 0.72], np.float32)
    found = rates(one_voice, two_voices)
    assert found.missed == 0.25
    assert found.false_alarms == 0.25
    assert found.equal_error == 0.25
    assert str(found) == "25.0% 25.0% 25.0%"


def test_rates_of_scores_that_do_not() -> None:
    found = rates(np.array([0.8, 0.9], np.float32), np.array([0.1, 0.2], np.float32))
    assert (found.equal_error, found.missed, found.false_alarms) == (0, 0, 0)


def test_mu_law_is_coarse_but_near() -> None:
    times = np.arange(16_000) / 16_000
    audio = (0.3 * np.sin(2 * np.pi * 1_000 * times)).astype(np.float32)
    heard = mu_law(audio)[2_000:-2_000]
    level = np.sqrt(np.mean(np.square(heard)))
    assert level == pytest.approx(0.3 / np.sqrt(2), rel=0.1)
    assert len(np.unique(np.round(heard, 7))) < 256
