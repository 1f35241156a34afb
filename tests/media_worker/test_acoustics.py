import io

import librosa
import numpy as np
import pytest
from numpy.typing import NDArray

from media_worker.acoustics import HOP, MEL_BANDS, WINDOW, Frames, analyse
from media_worker.pitch import FRAME, find_pitch
from tests.support.sounds import silence, syllables, to_pcm, white_noise

RATE = 16_000


def heard(samples: NDArray[np.floating]) -> tuple[NDArray[np.float32], Frames]:
    pcm = to_pcm(samples)
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32768, analyse(io.BytesIO(pcm))


def tone(hertz: float, seconds: float = 1.0) -> NDArray[np.float64]:
    """A voice-like tone: ten harmonics."""
    t = np.arange(round(seconds * RATE)) / RATE
    return sum(0.3 / n * np.sin(2 * np.pi * hertz * n * t) for n in range(1, 11)) * 0.5


@pytest.mark.parametrize("seconds", [0.04, 0.5, 10.0, 23.4567])
def test_spectral_features_are_librosas(seconds: float) -> None:
    samples, frames = heard(
        np.concatenate([syllables(seconds / 2), white_noise(seconds / 2, level=0.01)])
    )
    magnitude = np.abs(librosa.stft(samples, n_fft=WINDOW, hop_length=HOP))
    assert len(frames.power) == magnitude.shape[1]
    centroid = librosa.feature.spectral_centroid(S=magnitude, sr=RATE)[0]
    rolloff = librosa.feature.spectral_rolloff(S=magnitude, sr=RATE)[0]
    mel = librosa.feature.melspectrogram(S=magnitude**2, sr=RATE, n_mels=MEL_BANDS)
    mfcc = librosa.feature.mfcc(S=librosa.power_to_db(mel, top_db=None), n_mfcc=13).T
    rms = librosa.feature.rms(y=samples, frame_length=WINDOW, hop_length=HOP)[0]

    np.testing.assert_allclose(frames.centroid, centroid, atol=1.0)
    assert np.mean(frames.rolloff != rolloff) < 0.01
    np.testing.assert_allclose(frames.mfcc, mfcc, atol=0.05)
    np.testing.assert_allclose(np.sqrt(frames.power), rms, atol=1e-5)


@pytest.mark.parametrize("hertz", [70.0, 98.7, 110.0, 220.0, 333.3, 480.0])
def test_pitch_of_a_tone(hertz: float) -> None:
    _, frames = heard(tone(hertz))
    word = frames.of_word(0.2, 0.8)
    assert word.pitch_hz == pytest.approx(hertz, rel=0.005)


def test_pitch_agrees_with_librosas_yin_where_both_are_sure() -> None:
    samples, frames = heard(syllables(8.0))
    theirs = librosa.yin(samples, fmin=60, fmax=500, sr=RATE, frame_length=1024, hop_length=HOP)
    count = min(len(theirs), len(frames.pitch))
    voiced = np.isfinite(frames.pitch[:count])
    apart = np.abs(12 * np.log2(theirs[:count][voiced] / frames.pitch[:count][voiced]))
    assert voiced.sum() > 100
    assert np.mean(apart < 0.5) > 0.9


def test_noise_and_silence_have_no_pitch() -> None:
    _, noisy = heard(white_noise(2.0))
    _, silent = heard(silence(2.0))
    assert noisy.of_word(0.2, 1.8).pitch_hz is None
    nothing = silent.of_segment(0.2, 1.8)
    assert (nothing.pitch_hz, nothing.volume_db, nothing.rms) == (None, -120.0, 0.0)
    assert find_pitch(np.empty((0, FRAME), np.float32)).shape == (0,)


def test_level_is_that_of_the_samples() -> None:
    _, frames = heard(0.5 * np.sin(2 * np.pi * 400 * np.arange(RATE) / RATE))
    assert frames.of_word(0.2, 0.8).volume_db == pytest.approx(-9.03, abs=0.05)


def test_a_stretch_shorter_than_a_frame_or_beyond_the_end_still_has_features() -> None:
    _, frames = heard(tone(200.0, 0.5))
    assert frames.of_word(0.2, 0.2).volume_db > -30
    assert frames.of_word(0.5, 0.9).spectral_centroid >= 0


def test_it_stops_where_it_is_told_to() -> None:
    class StopError(Exception):
        pass

    def stop() -> None:
        raise StopError

    with pytest.raises(StopError):
        analyse(io.BytesIO(to_pcm(syllables(1.0))), stop)


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = syllables(3.0)
    _, whole = heard(samples)
    monkeypatch.setattr("media_worker.acoustics._BLOCK", 7)
    _, pieces = heard(samples)
    np.testing.assert_allclose(whole.mfcc, pieces.mfcc, atol=1e-3)
    np.testing.assert_array_equal(np.isnan(whole.pitch), np.isnan(pieces.pitch))
