"""Voices for tests: two tones that take turns, the higher of which tells whose it is."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
import soundfile

from diarization_worker.calibration.calibration import Calibration
from diarization_worker.encoders.encoder import Audio, Embedding
from diarization_worker.models import VoiceModels
from diarization_worker.registry.prints import Print, Recording
from diarization_worker.segmentation.segmenter import Activity

RATE = 16_000
BANDS = 20
ANNA, BEN, CLARA = 0, 5, 10

CALIBRATION = Calibration(
    encoder="tones/one",
    centre=np.zeros(1, np.float32),
    lines=np.zeros((0, 1), np.float32),
    noise_seconds=0.0,
    mismatch=0.0,
    stranger=0.0,
    spread=0.3,
    minimum_seconds=1.0,
)
"""A cosine of 1 scores 0.86, 0.7 scores 0.72, 0.4 scores 0.53, 0.1 scores 0.33."""

MOMENT = "2026-11-21T10:00:00Z"


def voice(band: int, seconds: float, *, among: Sequence[int] = (), share: float = 0.0) -> Audio:
    """Speech of the voice number `band`; a `share` of its power sounds like others."""
    times = np.arange(int(seconds * RATE)) / RATE
    high = np.sqrt(1 - share) * np.sin(2 * np.pi * _hertz(band) * times)
    for other in among:
        level = np.sqrt(share / len(among))
        high = high + level * np.sin(2 * np.pi * _hertz(other) * times)
    low = np.sin(2 * np.pi * 250 * times)
    return (0.3 * np.where(times % 0.2 < 0.1, low, high)).astype(np.float32)


def silence(seconds: float) -> Audio:
    return np.zeros(int(seconds * RATE), np.float32)


def wav(*pieces: Audio) -> bytes:
    """An upload."""
    file = BytesIO()
    soundfile.write(file, np.concatenate(pieces), RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def axis(band: int, like: int | None = None, cosine: float = 0.0) -> Embedding:
    """A unit vector; with `like`, one at a cosine to the voice of that number."""
    vector = np.zeros(BANDS, np.float32)
    vector[band] = np.sqrt(1 - cosine**2)
    if like is not None:
        vector[like] = cosine
    return vector


def stored_print(speaker_id: str, *embeddings: Embedding, encoder: str = "tones/one") -> Print:
    """A print of recordings of 4 s each."""
    recordings = tuple(Recording(embedding, 4.0) for embedding in embeddings)
    return Print(speaker_id, None, encoder, MOMENT, MOMENT, recordings)


def tone_models(model: str = "one") -> VoiceModels:
    return VoiceModels(ToneEncoder(model), ToneSegmenter(), CALIBRATION)


class ToneEncoder:
    """Embeds how strong each voice is."""

    name = "tones"
    device = "cpu"

    def __init__(self, model: str) -> None:
        self.model = model

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        return [_strengths(audio) / np.linalg.norm(_strengths(audio)) for audio in audios]


class ToneSegmenter:
    """Tells the voices of a stretch apart, frame by frame, as if by ear."""

    name = "tones"
    model = "none"
    longest = 10.0

    def segment(self, audios: Sequence[Audio]) -> list[Activity]:
        return [self._segment(audio) for audio in audios]

    def _segment(self, audio: Audio) -> Activity:
        size = RATE // 10
        probabilities = np.zeros((max(1, len(audio) // size), 3), np.float32)
        order: list[int] = []
        for frame in range(len(probabilities)):
            if np.abs(audio[frame * size : (frame + 1) * size]).max(initial=0) < 0.01:
                continue
            around = audio[max(0, frame - 1) * size : (frame + 2) * size]
            band = int(_strengths(around).argmax())
            order += [band] if band not in order else []
            probabilities[frame, order.index(band) % 3] = 1
        return Activity(probabilities, len(audio) / RATE / len(probabilities))


def _hertz(band: int) -> float:
    return 700.0 + 200 * band


def _strengths(audio: Audio) -> Embedding:
    power = np.abs(np.fft.rfft(audio)) ** 2
    hertz = np.fft.rfftfreq(len(audio), 1 / RATE)
    bands = [
        power[(hertz > _hertz(b) - 100) & (hertz <= _hertz(b) + 100)].sum() for b in range(BANDS)
    ]
    return np.sqrt(np.array(bands, np.float32) + 1e-6)
