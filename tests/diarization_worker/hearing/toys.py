"""Models for tests that hear toys: each voice is a tone of its own pitch."""

from collections.abc import Sequence

import numpy as np

from diarization_worker.calibration.calibration import Calibration
from diarization_worker.encoders.encoder import Audio, Embedding
from diarization_worker.models import VoiceModels
from diarization_worker.segmentation.segmenter import Activity

PITCHES = (500, 1_000, 1_500, 2_000, 2_500)
"""Hertz, of voices 0, 1, …"""

FRAME = 320
"""Samples."""

CALIBRATION = Calibration(
    encoder="toys/none",
    centre=np.zeros(1, np.float32),
    lines=np.zeros((0, 5), np.float32),
    noise_seconds=0.1,
    mismatch=0.0,
    stranger=0.0,
    spread=0.15,
    minimum_seconds=1.0,
)


def tone(voice: int, seconds: float) -> Audio:
    times = np.arange(int(seconds * 16_000)) / 16_000
    return (0.3 * np.sin(2 * np.pi * PITCHES[voice] * times)).astype(np.float32)


def silence(seconds: float) -> Audio:
    return np.zeros(int(seconds * 16_000), np.float32)


def _levels(audio: Audio) -> np.ndarray:
    """Shape [voices]."""
    spectrum = np.abs(np.fft.rfft(audio)) * 2 / max(1, len(audio))
    bins = [round(pitch * len(audio) / 16_000) for pitch in PITCHES]
    return np.array([spectrum[bin_] for bin_ in bins])


class ToyEncoder:
    """Each voice is an axis."""

    name = "toys"
    model = "none"
    device = "cpu"

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        vectors = [_levels(audio) for audio in audios]
        return [np.asarray(v / np.linalg.norm(v), np.float32) for v in vectors]


class ToySegmenter:
    """Up to three voices in four seconds, as local speakers in order of appearance.

    `splits`: takes a voice for another one after each of its pauses, if there is room.
    """

    name = "toys"
    model = "none"
    longest = 4.0

    def __init__(self, *, splits: bool = False) -> None:
        self.splits = splits
        self.heard: list[int] = []
        """Samples in each audio."""

    def segment(self, audios: Sequence[Audio]) -> list[Activity]:
        return [self._segment(audio) for audio in audios]

    def _segment(self, audio: Audio) -> Activity:
        self.heard.append(len(audio))
        count = max(1, -(-len(audio) // FRAME))
        frames = np.pad(audio, (0, count * FRAME - len(audio))).reshape(count, FRAME)
        active = np.array([_levels(frame) > 0.1 for frame in frames])
        if self.splits:
            return self._split(active.any(axis=1))
        order = [v for v in np.argsort(active.argmax(axis=0), kind="stable") if active[:, v].any()]
        probabilities = np.full((count, 3), 0.02, np.float32)
        for local, voice in enumerate(order[:3]):
            probabilities[active[:, voice], local] = 0.95
        return Activity(probabilities, FRAME / 16_000)

    def _split(self, speech: np.ndarray) -> Activity:
        stretch = np.cumsum(np.diff(speech.astype(int), prepend=0) == 1) - 1
        probabilities = np.full((len(speech), 3), 0.02, np.float32)
        for local in range(3):
            probabilities[speech & (np.minimum(stretch, 2) == local), local] = 0.95
        return Activity(probabilities, FRAME / 16_000)


def toy_models(segmenter: ToySegmenter | None = None) -> VoiceModels:
    return VoiceModels(ToyEncoder(), segmenter or ToySegmenter(), CALIBRATION)
