"""The values that events are made of."""

from typing import Literal

from contract.model import Message

SentimentLabel = Literal["positive", "negative", "neutral"]


class EngineInfo(Message):
    """What does a stage's work, as told to clients and operators."""

    name: str
    model: str
    """Which weights."""
    device: str
    """`cpu` or `cuda`."""


class Engines(Message):
    """The engine of each stage; null while no worker of that stage is alive."""

    stt: EngineInfo | None
    diarization: EngineInfo | None
    sentiment: EngineInfo | None


class Limits(Message):
    """What a client must stay within."""

    max_packet_bytes: int
    """Of one binary frame."""
    idle_timeout_s: float
    """A connection that sends nothing for longer is closed; `keepalive` is enough."""
    resume_window_s: float
    """How long a session waits for its client to come back."""


class Word(Message):
    """One word, with its place on the session's clock."""

    word: str
    start: float
    """Seconds."""
    end: float
    """Seconds."""
    confidence: float
    """0 to 1."""


class Sentiment(Message):
    """How something said felt."""

    label: SentimentLabel
    score: float
    """Probability of `label`, 0 to 1."""
    scores: dict[SentimentLabel, float]


class LatencyQuantiles(Message):
    """Median and 95th percentile, milliseconds; null before anything was measured."""

    p50: float | None
    p95: float | None


class Counts(Message):
    """How much was said, and how it felt."""

    segments: int = 0
    words: int = 0
    speech_seconds: float = 0.0
    positive: int = 0
    negative: int = 0
    neutral: int = 0


class SpeakerCounts(Counts):
    """The counts of one speaker."""

    speaker_id: int | None
    """Null: of segments without a speaker."""
    speaker: str


class SessionStats(Message):
    """The statistics of one session, overall and per speaker."""

    speakers: list[SpeakerCounts]
    overall: Counts
    summary: str
    """Sentiment in one line, as in "긍정: 3회 60% / 부정: 2회 40%"."""
    latency_ms: LatencyQuantiles
