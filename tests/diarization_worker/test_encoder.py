import pytest

from diarization_worker.encoders.encoder import Calibration

CALIBRATION = Calibration(noise_seconds=0.6, stranger=0.8, minimum_seconds=1.6)


def test_one_voice_meets_itself_at_one_whatever_the_durations() -> None:
    expected_cosine = 1 / (1.15 * 1.6) ** 0.5  # 4 s against 1 s, noise of 0.6 s
    assert CALIBRATION.similarity(expected_cosine, 4, 1) == pytest.approx(1)
    assert CALIBRATION.similarity(1 / 1.15, 4, 4) == pytest.approx(1)


def test_the_same_cosine_says_more_in_short_speech() -> None:
    assert CALIBRATION.similarity(0.75, 1, 4) > CALIBRATION.similarity(0.75, 8, 4)


def test_a_stranger_lies_at_zero_and_order_is_kept_below() -> None:
    reliability = 1 / 1.15
    assert CALIBRATION.similarity(0.8 * reliability, 4, 4) == pytest.approx(0)
    assert CALIBRATION.similarity(0.1, 4, 4) < CALIBRATION.similarity(0.2, 4, 4) < 0
