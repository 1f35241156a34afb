"""An encoder for tests: a voice is the pitch of a tone, and embeddings keep its exact direction."""

from collections.abc import Sequence

import numpy as np

from contract.errors import EngineError
from diarization_worker.encoders.encoder import Audio, Calibration, Embedding

CALIBRATION = Calibration(noise_seconds=0.0, stranger=0.5, minimum_seconds=1.0)
"""Without noise: similarity 0 at a cosine of 0.5, 1 at 1."""


def tone(hertz: int, seconds: float, level: float = 0.3) -> Audio:
    """A steady tone, the "voice" of a speaker."""
    times = np.arange(int(seconds * 16_000)) / 16_000
    return (level * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def pcm(audio: Audio) -> bytes:
    """Audio as it travels."""
    return (audio * 32_767).astype("<i2").tobytes()


class ToneEncoder:
    """Embeds the loudest 100 Hz band of the spectrum as an axis of its own."""

    name = "tones"
    model = "none"
    device = "cpu"
    calibration = CALIBRATION

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        return [self._embed(audio) for audio in audios]

    def _embed(self, audio: Audio) -> Embedding:
        if not np.any(audio):
            raise EngineError("nothing to hear")
        spectrum = np.abs(np.fft.rfft(audio, 16_000)) ** 2
        bands = spectrum[:2_000].reshape(20, 100).sum(axis=1)
        return np.asarray(bands / np.linalg.norm(bands), np.float32)
