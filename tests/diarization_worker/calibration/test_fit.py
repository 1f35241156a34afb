from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from diarization_worker.calibration.calibration import Calibration
from diarization_worker.calibration.conditions import telephone
from diarization_worker.calibration.fit import fit
from diarization_worker.calibration.stretches import read_voices, stretches
from diarization_worker.encoders.encoder import Audio, Embedding


class BandEncoder:
    """A voice is the shape of its spectrum."""

    name = "bands"
    model = "test"
    device = "cpu"

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        return [self._embed(audio) for audio in audios]

    def _embed(self, audio: Audio) -> Embedding:
        spectrum = np.abs(np.fft.rfft(audio, 16_000)[:8_000]) ** 2
        bands = np.log(spectrum.reshape(40, -1).mean(axis=1) + 1e-3)
        bands -= bands.mean()
        return np.asarray(bands / np.linalg.norm(bands), np.float32)


def voice(speaker: int, take: int, seconds: int = 6) -> Audio:
    """Noise with a speaker's own spectrum."""
    gains = np.random.default_rng(speaker).uniform(0.1, 1, 40)
    noise = np.random.default_rng([speaker, take]).normal(size=seconds * 16_000)
    spectrum = np.fft.rfft(noise)
    bands = np.arange(len(spectrum)) * 40 // len(spectrum)
    return np.asarray(np.fft.irfft(spectrum * gains[bands]), np.float32)


COHORT = {str(i): [voice(i, 0)] for i in range(10)}
SPEECH = {str(i): [voice(i, take) for take in range(3)] for i in range(20, 24)}


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return fit(BandEncoder(), SPEECH, COHORT)


def test_the_fit_is_for_this_encoder(calibration: Calibration) -> None:
    assert calibration.encoder == "bands/test"
    assert calibration.centre.shape == (40,)
    lines = calibration.lines
    np.testing.assert_allclose(lines @ lines.T, np.eye(len(lines)), atol=1e-5)


def test_voices_it_never_saw_are_told_apart_over_one_line_and_two(
    calibration: Calibration,
) -> None:
    encoder = BandEncoder()
    one, again, other = voice(50, 0), voice(50, 1), voice(51, 0)
    for line in (np.asarray, telephone):
        first, second, third = encoder.embed([one, line(again), line(other)])
        assert calibration.similarity(first, 6, second, 6) > 0.7
        assert calibration.similarity(first, 6, third, 6) < 0.6


def test_too_little_speech_is_said(calibration: Calibration) -> None:
    with pytest.raises(ValueError, match="several speakers"):
        fit(BandEncoder(), SPEECH, {"0": [voice(0, 0)]})
    with pytest.raises(ValueError, match="several recordings"):
        fit(BandEncoder(), COHORT, COHORT)
    with pytest.raises(ValueError, match="3 s long"):
        fit(BandEncoder(), SPEECH, {"0": [voice(0, 0, seconds=1)]})


def test_stretches_know_whose_they_are() -> None:
    heard = stretches(BandEncoder().embed, SPEECH, np.asarray, 2, most=2)
    assert heard.vectors.shape == (24, 40)
    same, different = heard.one_voice(heard), heard.two_voices(heard)
    assert same[0].tolist() == [False] * 2 + [True] * 4 + [False] * 18
    assert different[0].tolist() == [False] * 6 + [True] * 18


def test_a_folder_has_a_folder_or_a_file_for_each_speaker(tmp_path: Path) -> None:
    (tmp_path / "ann").mkdir()
    for file in (tmp_path / "ann" / "1.flac", tmp_path / "ann" / "2.wav", tmp_path / "ben.flac"):
        soundfile.write(file, voice(1, 0, seconds=1), 16_000)
    (tmp_path / "notes.txt").write_text("not a voice")
    voices = read_voices(tmp_path)
    assert {name: len(recordings) for name, recordings in voices.items()} == {"ann": 2, "ben": 1}


def test_another_rate_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "slow.wav", voice(1, 0, seconds=1), 8_000)
    with pytest.raises(ValueError, match="8000 Hz"):
        read_voices(tmp_path)
