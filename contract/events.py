"""What Sori says to a client: every event of the live protocol.

Durable events are numbered per session (`event_id` 1, 2, 3, …), kept, and replayed on resuming;
passing ones carry no number and are gone once sent.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter

from contract.model import Message
from contract.parameters import Parameters
from contract.values import (
    Engines,
    Limits,
    Sentiment,
    SessionStats,
    Word,
)


class Event(Message):
    """Base of all events. `event_id` is given by the event log, never by the writer."""

    durable: ClassVar[bool] = True

    session_id: str
    event_id: int | None = None


class SessionStarted(Event):
    """The first event of a session."""

    type: Literal["session_started"] = "session_started"
    resume_token: str
    """Secret; with the session_id it takes the session up again."""
    engines: Engines
    limits: Limits


class SessionResumed(Event):
    """A lost connection was taken up again; missed events follow."""

    durable = False

    type: Literal["session_resumed"] = "session_resumed"
    samples_received: int
    """Audio samples of this transcription that are safe: the client goes on from there."""
    state: Literal["idle", "enrolling", "transcribing", "stopping", "ended"]
    """What the session was doing, so that a client knows which of its messages arrived."""


class ModelLoaded(Event):
    """A worker of each stage is ready."""

    type: Literal["model_loaded"] = "model_loaded"
    message: str
    """For people to read."""


class SpeakerRegistrationStarted(Event):
    """Speak now."""

    type: Literal["speaker_registration_started"] = "speaker_registration_started"
    speaker_id: int
    message: str
    """For the speaker to read."""


class SpeakerRegistrationProgress(Event):
    """How much voiced speech was heard so far."""

    durable = False

    type: Literal["speaker_registration_progress"] = "speaker_registration_progress"
    speaker_id: int
    speech_seconds: float
    """Voiced speech, silence left out."""
    needed_seconds: float


class SpeakerRegistrationCompleted(Event):
    """The speaker's voice print is in force."""

    type: Literal["speaker_registration_completed"] = "speaker_registration_completed"
    speaker_id: int
    message: str
    """For the speaker to read."""
    speech_seconds: float
    quality: float
    """0 to 1."""


RegistrationFailure = Literal["too_short", "too_quiet", "several_voices", "same_as_other"]


class SpeakerRegistrationFailed(Event):
    """No voice print could be made; `code` says why."""

    type: Literal["speaker_registration_failed"] = "speaker_registration_failed"
    speaker_id: int
    code: RegistrationFailure
    message: str
    """For the speaker to read."""


class TranscriptionStarted(Event):
    """Audio is transcribed from now on, with these parameters."""

    type: Literal["transcription_started"] = "transcription_started"
    parameters: Parameters


class SpeechStarted(Event):
    """Somebody began to speak."""

    durable = False

    type: Literal["speech_started"] = "speech_started"
    utterance_id: int
    time: float
    """Seconds since the transcription began."""


class SpeechEnded(Event):
    """The utterance is complete; its transcription follows."""

    durable = False

    type: Literal["speech_ended"] = "speech_ended"
    utterance_id: int
    time: float
    """Seconds since the transcription began."""


class Partial(Event):
    """Interim text of the utterance in progress."""

    durable = False

    type: Literal["partial"] = "partial"
    utterance_id: int
    text: str
    """All of the utterance so far; each partial replaces the one before."""
    stable_chars: int
    """Length of the prefix of `text` that later partials keep."""


class Transcription(Event):
    """Who said what, when, and how it felt."""

    type: Literal["transcription"] = "transcription"
    utterance_id: int
    segment_id: str
    """Unique in the session: `utterance_id.number`."""
    speaker_id: int | None
    """Null where no speaker could be told."""
    speaker: str | None
    """The name given at registration, or `SPEAKER_00`, …"""
    text: str
    timestamp: str
    """When it had been heard, ISO 8601 UTC."""
    start: float
    """Seconds since the transcription began."""
    end: float
    """Seconds since the transcription began."""
    words: list[Word]
    language: str
    """ISO 639-1."""
    confidence: float
    """0 to 1."""
    sentiment: Sentiment
    latency_ms: dict[str, float]
    """`total` and a part per stage; the parts add up to the total."""


class SpeakerUpdated(Event):
    """A later, better decision about who spoke."""

    type: Literal["speaker_updated"] = "speaker_updated"
    segment_ids: list[str]
    """Each was in a `transcription` before."""
    speaker_id: int | None
    speaker: str | None
    """The name given at registration, or `SPEAKER_00`, …"""


class Stats(Event, SessionStats):
    """The session's statistics so far."""

    durable = False

    type: Literal["stats"] = "stats"


class UtteranceFailed(Event):
    """An utterance that could not be transcribed is said, never silent."""

    type: Literal["utterance_failed"] = "utterance_failed"
    utterance_id: int
    start: float
    """Seconds since the transcription began."""
    end: float
    """Seconds since the transcription began."""
    code: str
    """Why (docs/operations.md)."""
    message: str
    """For people to read."""


class TranscriptionStopped(Event):
    """Everything owed was sent."""

    type: Literal["transcription_stopped"] = "transcription_stopped"
    stats: SessionStats
    reason: str
    """`stopped`."""


class SessionEnded(Event):
    """The last event of a session."""

    type: Literal["session_ended"] = "session_ended"
    stats: SessionStats
    reason: str
    """`closed`."""


class Warning(Event):
    """Something the client should know; the session goes on."""

    type: Literal["warning"] = "warning"
    code: str
    """What it is (docs/operations.md)."""
    message: str
    """For people to read."""
    retryable: bool = False
    """Whether the same may work later."""


class Error(Event):
    """Something the client asked for was refused."""

    type: Literal["error"] = "error"
    code: str
    """What it is (docs/operations.md)."""
    message: str
    """For people to read."""
    retryable: bool = False
    """Whether the same may work later."""


ServerEvent = (
    SessionStarted
    | SessionResumed
    | ModelLoaded
    | SpeakerRegistrationStarted
    | SpeakerRegistrationProgress
    | SpeakerRegistrationCompleted
    | SpeakerRegistrationFailed
    | TranscriptionStarted
    | SpeechStarted
    | SpeechEnded
    | Partial
    | Transcription
    | SpeakerUpdated
    | Stats
    | UtteranceFailed
    | TranscriptionStopped
    | SessionEnded
    | Warning
    | Error
)

_adapter: TypeAdapter[ServerEvent] = TypeAdapter(
    Annotated[ServerEvent, Field(discriminator="type")]
)


def parse_event(data: str | bytes | dict[str, Any]) -> ServerEvent:
    """Read one event from JSON text or a parsed object; raises pydantic.ValidationError."""
    if isinstance(data, dict):
        return _adapter.validate_python(data)
    return _adapter.validate_json(data)
