"""What the whole system reports of itself once a second, as the listener computes it."""

from contract.model import Message
from contract.values import LatencyQuantiles


class SentimentShare(Message):
    """How often something felt a certain way, and its share of all."""

    count: int
    share: float
    """0 to 1."""


class DayStats(Message):
    """What all sessions together came to on one day."""

    day: str
    """ISO 8601, as in `2026-01-31`, UTC."""
    sessions: int
    """Closed on that day."""
    utterances: int
    """Transcribed."""
    silent: int
    """Utterances in which nothing was recognised."""
    failed: int
    words: int
    speech_seconds: float
    sentiment: dict[str, SentimentShare]


class SystemStats(Message):
    """The state of all sessions together; counters run since the Redis data began."""

    at: str
    """ISO 8601 UTC."""
    sessions: int
    """Live ones."""
    speakers: int
    """Of the live sessions, together."""
    utterances: int
    """Transcribed."""
    silent: int
    """Utterances in which nothing was recognised."""
    failed: int
    dropped: int
    """Results that came twice and were dropped."""
    sentiment: dict[str, SentimentShare]
    queues: dict[str, int]
    """Tasks waiting."""
    workers: dict[str, int]
    """Processes alive per stage."""
    latency_ms: dict[str, LatencyQuantiles]
    """Of the last 1,000 transcriptions: `total` and a part per stage."""
    real_time_factor: float | None
    """Time that transcribing took per second of audio, of the last 1,000."""
