"""Audio for tests: made sounds with known edges, and real speech from SORI_DATA."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

RATE = 16_000


def to_pcm(samples: NDArray[np.floating]) -> bytes:
    """PCM16 bytes of samples from -1 to 1."""
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def silence(seconds: float) -> NDArray[np.float64]:
    return np.zeros(round(seconds * RATE))


def white_noise(seconds: float, level: float = 0.1, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=round(seconds * RATE)) * level


def hum(seconds: float, hertz: float = 50.0) -> NDArray[np.float64]:
    """Mains hum with its third harmonic over a little noise."""
    t = np.arange(round(seconds * RATE)) / RATE
    wave = 0.3 * np.sin(2 * np.pi * hertz * t) + 0.1 * np.sin(6 * np.pi * hertz * t)
    return wave + white_noise(seconds, 0.003)


def clicks(seconds: float, per_second: float = 7.0, seed: int = 0) -> NDArray[np.float64]:
    """Keyboard-like clicks: bursts of noise of 10 to 30 ms that die away, at random moments."""
    rng = np.random.default_rng(seed)
    wave = np.zeros(round(seconds * RATE))
    for start in rng.integers(0, len(wave) - RATE // 20, round(seconds * per_second)):
        length = rng.integers(RATE // 100, 3 * RATE // 100)
        burst = rng.normal(size=length) * np.exp(-np.arange(length) / (length / 5))
        wave[start : start + length] += burst * rng.uniform(0.1, 0.6)
    return wave


def syllables(seconds: float, seed: int = 0) -> NDArray[np.float64]:
    """Something that every test for speech accepts: a voice that says five vowels a second."""
    wave, _ = _vowels(seconds, seed)
    t = np.arange(len(wave)) / RATE
    envelope = np.clip(np.sin(2 * np.pi * 2.5 * t) ** 2, 0.02, 1)
    return 0.3 * envelope * wave / np.abs(wave).max()


def unbroken(seconds: float, seed: int = 0) -> NDArray[np.float64]:
    """The same voice without a pause: equally loud from its first sample to its last."""
    wave, slots = _vowels(seconds, seed)
    powers = np.bincount(slots, wave**2) / np.maximum(np.bincount(slots), 1)
    return 0.1 * wave / np.sqrt(powers)[slots]


def _vowels(seconds: float, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Five vowels a second, and which of them each sample is of."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    pitch = 120 + 20 * np.sin(2 * np.pi * 0.7 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    wave = np.zeros(len(t))
    slots = (t * 5).astype(np.int64) % 64
    formants = rng.choice([300, 500, 700, 1200, 1800, 2400], size=(64, 2))
    for harmonic in range(1, 25):
        frequency = harmonic * 120
        near = np.abs(formants - frequency).min(axis=1)
        wave += (np.exp(-near / 200) / harmonic**0.5)[slots] * np.sin(harmonic * phase)
    return wave, slots


def data_dir() -> Path:
    """Where the real speech is; skips the test where SORI_DATA doesn't say."""
    place = os.environ.get("SORI_DATA")
    if not place:
        pytest.skip("SORI_DATA is not set: no real speech to test on")
    return Path(place)


@cache
def read_speech(path: Path) -> NDArray[np.float32]:
    """A speech file of 16 kHz as samples from -1 to 1."""
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == RATE, f"{path} has {rate} Hz"
    return samples if samples.ndim == 1 else samples.mean(axis=1)


def librispeech() -> list[tuple[Path, str]]:
    """The 50 utterances of LibriSpeech test-other and what is said in them."""
    folder = data_dir() / "speech/en/librispeech"
    rows = (folder / "transcripts.tsv").read_text().splitlines()[1:]
    columns = [row.split("\t") for row in rows]
    return [(folder / file, text) for file, _speaker, text in columns]
