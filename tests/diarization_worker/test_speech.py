import numpy as np
import pytest

from diarization_worker.live.speech import find_speech, speech_level, to_samples
from tests.diarization_worker.voices_of import tone


def test_pcm_becomes_floats_between_minus_one_and_one() -> None:
    pcm = np.array([-32_768, 0, 16_384], "<i2").tobytes()
    assert to_samples(pcm).tolist() == [-1.0, 0.0, 0.5]


def test_the_level_is_that_of_the_speech_not_of_the_pauses() -> None:
    quiet = np.concatenate([tone(200, 1.0, level=0.1), np.zeros(32_000, np.float32)])
    assert speech_level(quiet) == pytest.approx(20 * np.log10(0.1 / 2**0.5), abs=0.5)


def test_pauses_are_left_out_but_for_the_edges_of_words() -> None:
    pause = np.full(32_000, 1e-4, np.float32)
    audio = np.concatenate([pause, tone(200, 1.2), pause, tone(200, 0.6), pause])
    assert find_speech(audio).seconds == pytest.approx(1.8 + 4 * 0.09, abs=0.1)


def test_a_moment_of_speech_is_found_again_in_the_recording() -> None:
    pause = np.full(32_000, 1e-4, np.float32)
    audio = np.concatenate([pause, tone(200, 1.2), pause, tone(200, 0.6), pause])
    speech = find_speech(audio)
    assert speech.moment(0.0) == 0.0
    assert speech.moment(0.5) == pytest.approx(2.0 - 0.09 + 0.5, abs=0.06)
    assert speech.moment(1.6) == pytest.approx(5.2 - 0.09 + 0.22, abs=0.06)
    assert speech.moment(speech.seconds) == len(audio) / 16_000


def test_steady_sound_is_left_whole() -> None:
    audio = tone(200, 0.9)
    assert np.array_equal(find_speech(audio).audio, audio)


@pytest.mark.parametrize("samples", [0, 1, 479])
def test_less_than_a_frame_is_left_as_it_is(samples: int) -> None:
    audio = np.ones(samples, np.float32)
    assert np.array_equal(find_speech(audio).audio, audio)
