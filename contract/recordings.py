"""The analysis of a whole recording, as callers get it. Times are seconds of the recording."""

from typing import Final

from pydantic import Field

from contract.model import Message
from contract.values import Sentiment, Word

MFCC: Final = 13
"""Coefficients that describe a segment's timbre."""


class WordAcoustics(Message):
    """How a word sounded."""

    volume_db: float
    """RMS level, dBFS."""
    pitch_hz: float | None
    """Fundamental frequency; null where unvoiced."""
    spectral_centroid: float
    """Hz."""


class SegmentAcoustics(Message):
    """How a segment sounded: means over its frames."""

    mfcc: list[float] = Field(min_length=MFCC, max_length=MFCC)
    """Mel-frequency cepstral coefficients 0 to 12, of dB energies."""
    pitch_hz: float | None
    """Median fundamental frequency; null where unvoiced."""
    volume_db: float
    """RMS level, dBFS."""
    rms: float
    """0 to 1."""
    spectral_centroid: float
    """Hz."""
    spectral_rolloff: float
    """Frequency below which 85% of the energy lies, Hz."""


class SpeakerRef(Message):
    """Who speaks."""

    speaker_id: str
    """SPEAKER_00, SPEAKER_01, … in order of appearance."""


class RecordedWord(Message):
    """A word of a recording."""

    word: str
    start: float
    end: float
    confidence: float
    """0 to 1."""
    acoustic_features: WordAcoustics


class RecordedSegment(Message):
    """A stretch of a recording with one speaker."""

    start_time: float
    end_time: float
    speaker: SpeakerRef
    text: str
    sentiment: Sentiment
    words: list[RecordedWord]
    acoustic_features: SegmentAcoustics


class SpeakerTotal(Message):
    """How much somebody speaks."""

    total_duration: float
    """Seconds of the speaker's turns."""


class Metadata(Message):
    """How a result came about."""

    processing_time: float
    """Seconds."""
    model_versions: dict[str, str]
    """What did the work of `stt`, `diarization`, `sentiment` and `acoustics`."""


class RecordingResult(Message):
    """All that was found in a recording."""

    segments: list[RecordedSegment]
    speakers: dict[str, SpeakerTotal]
    text: str
    language: str
    """ISO 639-1; that of most words."""
    duration: float
    """Seconds."""
    metadata: Metadata


class TextSegment(Message):
    """A stretch of a recording, as text alone."""

    start: float
    end: float
    text: str
    words: list[Word]
    confidence: float
    """0 to 1."""


class TextResult(Message):
    """What a recording says, where speakers and feelings were not asked for."""

    segments: list[TextSegment]
    text: str
    language: str
    duration: float
    """Seconds."""
