"""Voices for tests: a voice is the pitch of a tone, and what is heard is told exactly."""

from collections.abc import Sequence

import numpy as np

from contract.errors import EngineError
from diarization_worker.calibration.loading import GENERIC
from diarization_worker.encoders.encoder import Audio, Embedding
from diarization_worker.hearing.voices import HeardVoice, Hearing, Turn
from diarization_worker.models import VoiceModels
from diarization_worker.segmentation.segmenter import Activity

ANNA, BEN, CARL, DORA = (np.asarray(row, np.float32) for row in np.eye(4))
"""Embeddings that have nothing in common."""

CALIBRATION = GENERIC


def between(one: Embedding, other: Embedding, share: float = 0.5) -> Embedding:
    """A voice like both: `share` of the way from one to the other."""
    mixed = (1 - share) * one + share * other
    return np.asarray(mixed / np.linalg.norm(mixed), np.float32)


def like(voice: Embedding, other: Embedding, similarity: float, seconds: float) -> Embedding:
    """A voice so similar to one of 5 s, if it is heard for so many seconds; the rest is `other`."""
    least, most = 0.0, 1.0
    for _ in range(40):
        share = (least + most) / 2
        if CALIBRATION.similarity(voice, 5.0, between(voice, other, share), seconds) > similarity:
            least = share
        else:
            most = share
    return between(voice, other, most)


def hearing(*turns: tuple[Embedding, float]) -> Hearing:
    """Voices, one after the other: each turn a voice of its own unless it is the same object."""
    voices: list[Embedding] = []
    seconds: list[float] = []
    heard, clock = [], 0.0
    for embedding, length in turns:
        index = next((i for i, voice in enumerate(voices) if voice is embedding), len(voices))
        if index == len(voices):
            voices.append(embedding)
            seconds.append(0.0)
        seconds[index] += length
        heard.append(Turn(clock, clock + length, index))
        clock += length
    return Hearing(tuple(map(HeardVoice, voices, seconds)), tuple(heard))


def tone(hertz: int, seconds: float, level: float = 0.3) -> Audio:
    """A steady tone, the "voice" of a speaker."""
    times = np.arange(int(seconds * 16_000)) / 16_000
    return (level * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def silence(seconds: float) -> Audio:
    return np.zeros(int(seconds * 16_000), np.float32)


def pcm(audio: Audio) -> bytes:
    """Audio as it travels."""
    return (audio * 32_767).astype("<i2").tobytes()


def _bands(audio: Audio) -> Audio:
    """Energy in bands of 100 Hz up to 2 kHz."""
    spectrum = np.abs(np.fft.rfft(audio, 16_000)) ** 2
    return np.asarray(spectrum[:2_000].reshape(20, 100).sum(axis=1), np.float32)


class ToneEncoder:
    """Embeds the loudest 100 Hz band of the spectrum as an axis of its own."""

    name = "tones"
    model = "none"
    device = "cpu"

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        return [self._embed(audio) for audio in audios]

    def _embed(self, audio: Audio) -> Embedding:
        if not np.any(audio):
            raise EngineError("nothing to hear")
        bands = _bands(audio)
        return np.asarray(bands / np.linalg.norm(bands), np.float32)


class ToneSegmenter:
    """Hears each pitch as a local speaker of its own; `deaf` hears all of them as one."""

    name = "tones"
    model = "none"
    longest = 10.0

    def __init__(self, *, deaf: bool = False) -> None:
        self._deaf = deaf

    def segment(self, audios: Sequence[Audio]) -> list[Activity]:
        return [self._segment(audio) for audio in audios]

    def _segment(self, audio: Audio) -> Activity:
        size = 400
        frames = max(1, len(audio) // size)
        active = np.zeros((frames, 3), np.float32)
        pitches: list[int] = []
        for index in range(frames):
            frame = audio[index * size : (index + 1) * size]
            if np.abs(frame).max() < 1e-3:
                continue
            pitch = 0 if self._deaf else int(np.argmax(_bands(frame)))
            if pitch not in pitches:
                pitches.append(pitch)
            active[index, pitches.index(pitch) % 3] = 1
        return Activity(active, len(audio) / 16_000 / frames)


def models(encoder: ToneEncoder | None = None, *, deaf: bool = False) -> VoiceModels:
    """Models that hear tones."""
    return VoiceModels(encoder or ToneEncoder(), ToneSegmenter(deaf=deaf), CALIBRATION)
