import numpy as np
import pytest

from diarization_worker.calibration.conditions import (
    FITTED,
    Condition,
    raw,
    sharp_telephone,
    telephone,
    white_noise,
)
from diarization_worker.encoders.encoder import Audio


def tone(hertz: float, seconds: float = 1.0) -> Audio:
    times = np.arange(int(seconds * 16_000)) / 16_000
    return np.asarray(0.3 * np.sin(2 * np.pi * hertz * times), np.float32)


def level(audio: Audio) -> float:
    """dB, without the edges."""
    return float(10 * np.log10(np.mean(np.square(audio[2_000:-2_000])) + 1e-12))


@pytest.mark.parametrize("band", [telephone, sharp_telephone])
def test_a_telephone_passes_its_band_alone(band: Condition) -> None:
    for hertz in (500, 1_000, 3_000):
        assert level(band(tone(hertz))) == pytest.approx(level(tone(hertz)), abs=1)
    for hertz in (100, 5_000):
        assert level(band(tone(hertz))) < level(tone(hertz)) - 30


def test_noise_is_15_db_below_and_the_same_each_time() -> None:
    speech = tone(500)
    noise = white_noise(speech) - speech
    assert level(speech) - level(noise) == pytest.approx(15, abs=0.5)
    np.testing.assert_array_equal(white_noise(speech), white_noise(speech))


@pytest.mark.parametrize("condition", [raw, *FITTED.values()])
def test_the_length_stays(condition: Condition) -> None:
    for samples in (16_000, 16_001):
        heard = condition(np.ones(samples, np.float32))
        assert heard.shape == (samples,)
        assert heard.dtype == np.float32
