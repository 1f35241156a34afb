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


class Figures(Counts):
    """The counts, and what follows from them and from the order in which things were said."""

    positive_share: float = 0.0
    """Of the segments, 0 to 1; so are the next two."""
    negative_share: float = 0.0
    neutral_share: float = 0.0
    recent_sentiment: float | None = None
    """Of the last 20 segments: -1 where all are negative, 1 where all are positive."""
    words_per_minute: float | None = None
    """Of speech, pauses between segments left out; null where nothing was said."""
    longest_monologue_seconds: float = 0.0
    """The longest time that somebody spoke without another in between or a pause of 5 s."""
    interruptions: int = 0
    """How often somebody began less than 0.1 s after, or before, another's last word."""


class SpeakerCounts(Figures):
    """The figures of one speaker."""

    speaker_id: int | None
    """Null: of segments without a speaker."""
    speaker: str
    talk_share: float = 0.0
    """Of all seconds of speech, 0 to 1."""


class SessionStats(Message):
    """The statistics of one session, overall and per speaker."""

    speakers: list[SpeakerCounts]
    overall: Figures
    summary: str
    """Sentiment in one line, as in "긍정: 3회 60% / 부정: 2회 40%"."""
    summary_en: str = ""
    """The same in English: "Positive: 3× 60% / Negative: 2× 40%"."""
    latency_ms: LatencyQuantiles
