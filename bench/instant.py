"""Engines that answer at once, so that only the pipeline's own time is left to measure.

    STT_ENGINE=bench.instant:InstantRecogniser
    SPEAKER_ENCODER=bench.instant:InstantEncoder
    SEGMENTATION_MODEL=bench.instant:InstantSegmenter
    SENTIMENT_MODEL=bench.instant:InstantAnalyzer

What the recogniser writes is a fingerprint: a word for each quarter of a second of audio, made of
that audio alone. Two texts are equal only where the audio was, to the sample.
"""

import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from analyzer_worker.analyzer import UNDECIDED, Text
from contract.audio import SAMPLE_RATE
from contract.values import EngineInfo, Sentiment
from diarization_worker.encoders.encoder import Audio, Embedding
from diarization_worker.segmentation.segmenter import Activity
from stt_worker.engine import Engine, Heard, HeardWord, Item

WORD_SAMPLES = SAMPLE_RATE // 4


def fingerprint(audio: Audio) -> list[str]:
    """The words of some audio (float32 samples from -1 to 1 at 16 kHz)."""
    pcm = (audio * 32768).astype("<i2").tobytes()
    size = 2 * WORD_SAMPLES
    return [f"{zlib.crc32(pcm[at : at + size]):08x}" for at in range(0, len(pcm), size)]


class InstantRecogniser(Engine):
    """Writes fingerprints."""

    info = EngineInfo(name="instant", model="fingerprint", device="cpu")
    batch_size = 8

    def transcribe(self, items: list[Item]) -> list[Heard | Exception]:
        """A fingerprint for each item."""
        return [self._hear(item) for item in items]

    def _hear(self, item: Item) -> Heard:
        texts = fingerprint(item.audio)
        edges = [*range(0, len(item.audio), WORD_SAMPLES), len(item.audio)]
        words = [
            HeardWord(text, start / SAMPLE_RATE, end / SAMPLE_RATE, 1.0)
            for text, (start, end) in zip(texts, pairwise(edges), strict=True)
        ]
        return Heard(" ".join(texts), words, "en", 1.0)


class InstantEncoder:
    """Hears one and the same voice everywhere."""

    name = "instant"
    model = "constant"
    device = "cpu"

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        """A unit vector of two dimensions, for each audio."""
        return [np.array([1.0, 0.0], np.float32) for _ in audios]


class InstantSegmenter:
    """Hears one speaker all the time."""

    name = "instant"
    model = "constant"
    longest = 10.0

    def segment(self, audios: Sequence[Audio]) -> list[Activity]:
        """A frame for each 20 ms, all active."""
        return [
            Activity(np.ones((max(1, len(audio) // 320), 1), np.float32), 0.02) for audio in audios
        ]


class InstantAnalyzer:
    """Feels nothing."""

    name = "instant"
    model = "neutral"
    device = "cpu"
    languages: list[str] | None = None
    note = ""

    def analyze(self, texts: Sequence[Text]) -> Sequence[Sentiment | Exception]:
        """Neutral, for each text."""
        return [UNDECIDED for _ in texts]
