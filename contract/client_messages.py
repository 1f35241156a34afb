"""What a client says to Sori, parsed once at the edge into one of these types."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from contract.errors import InvalidMessageError
from contract.model import Message
from contract.speakers import SpeakerId


class StartSpeakerRegistration(Message):
    """The audio that follows belongs to this speaker's enrolment."""

    type: Literal["start_speaker_registration"] = "start_speaker_registration"
    speaker_id: int = Field(ge=0, lt=1000)
    """Chosen by the client, 0, 1, …; the transcriptions will carry it."""
    name: str | None = Field(None, min_length=1, max_length=100)
    """What transcriptions call the speaker; null = `SPEAKER_00`, `SPEAKER_01`, …"""


class CompleteSpeakerRegistration(Message):
    """The enrolment's audio is complete: compute the voice print."""

    type: Literal["complete_speaker_registration"] = "complete_speaker_registration"
    speaker_id: int = Field(ge=0, lt=1000)
    """The one whose registration was started."""


class UseSpeakers(Message):
    """Voices of the registry take the speaker ids 0, 1, … of this session."""

    type: Literal["use_speakers"] = "use_speakers"
    speakers: list[SpeakerId] = Field(min_length=1, max_length=20)
    """Registry ids; each answered by `speaker_registration_completed`."""


class StartTranscription(Message):
    """The audio that follows is transcribed."""

    type: Literal["start_transcription"] = "start_transcription"
    language: str | None = None
    """Short for `parameters.language`."""
    num_speakers: int | None = None
    """Short for `parameters.num_speakers`."""
    interim: bool = True
    """Whether `partial` events are wanted."""
    prompt: str | None = Field(None, max_length=1000)
    """Names and terms that may come up."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """Parameters by name; those left out are the server's defaults."""


class Finalize(Message):
    """The utterance in progress ends now."""

    type: Literal["finalize"] = "finalize"


class StopTranscription(Message):
    """No more audio: send everything that is owed, then `transcription_stopped`."""

    type: Literal["stop_transcription"] = "stop_transcription"


class Keepalive(Message):
    """Nothing but resets the idle timer."""

    type: Literal["keepalive"] = "keepalive"


class Close(Message):
    """Stop, then end the session and the connection."""

    type: Literal["close"] = "close"


ClientMessage = (
    StartSpeakerRegistration
    | CompleteSpeakerRegistration
    | UseSpeakers
    | StartTranscription
    | Finalize
    | StopTranscription
    | Keepalive
    | Close
)

_adapter: TypeAdapter[ClientMessage] = TypeAdapter(
    Annotated[ClientMessage, Field(discriminator="type")]
)


def parse_client_message(text: str) -> ClientMessage:
    """Read one text frame; raises InvalidMessageError that names each wrong field and its bound."""
    try:
        return _adapter.validate_json(text)
    except ValidationError as error:
        raise InvalidMessageError(describe(error)) from error


def describe(error: ValidationError, prefix: str = "") -> str:
    """One line a person understands: each wrong field, what is wrong with it, what it was."""
    lines = []
    for item in error.errors(include_url=False):
        place = ".".join(str(part) for part in item["loc"][1 if not prefix else 0 :])
        if item["type"] in {"union_tag_invalid", "union_tag_not_found"}:
            place = "type"
        field = ".".join(part for part in (prefix, place) if part) or "message"
        given = (
            "" if item["type"] in {"json_invalid", "missing"} else f" (got {item['input']!r:.80})"
        )
        lines.append(f"{field}: {item['msg']}{given}")
    return "; ".join(lines)
