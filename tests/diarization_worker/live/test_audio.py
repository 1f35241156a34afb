import numpy as np
import pytest

from diarization_worker.live.audio import audible, speech_level, to_samples
from tests.diarization_worker.live.voices_of import silence, tone


def test_pcm_becomes_floats_between_minus_one_and_one() -> None:
    pcm = np.array([-32_768, 0, 16_384], "<i2").tobytes()
    assert to_samples(pcm).tolist() == [-1.0, 0.0, 0.5]


def test_the_level_is_that_of_the_louder_parts() -> None:
    uneven = np.concatenate([tone(200, 1.0, level=0.1), tone(200, 2.0, level=0.001)])
    assert speech_level(uneven) == pytest.approx(20 * np.log10(0.1 / 2**0.5), abs=0.5)


@pytest.mark.parametrize("audio", [silence(0.0), silence(0.01), silence(1.0)])
def test_silence_has_the_lowest_level(audio: np.ndarray) -> None:
    assert speech_level(audio) == pytest.approx(-100)


def test_what_is_far_below_the_louder_parts_cannot_be_heard() -> None:
    parts = [silence(0.5), tone(200, 1.0, 0.1), tone(200, 0.5, 0.0005), tone(200, 0.5, 0.01)]
    heard = audible(np.concatenate(parts))
    assert heard[:8_000].mean() < 0.1
    assert heard[8_000:24_000].all()
    assert heard[24_000:32_000].mean() < 0.1
    assert heard[32_000:].all()


@pytest.mark.parametrize("samples", [0, 1, 479])
def test_less_than_a_frame_is_all_there_is(samples: int) -> None:
    assert audible(np.zeros(samples, np.float32)).tolist() == [True] * samples
