"""What callers send: each request as one type, whether it came as a form or as JSON."""

import binascii
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    TypeAdapter,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from contract.model import Message
from contract.speakers import DEFAULT_THRESHOLD, Name, SpeakerId

MAX_RECORDINGS: Final = 10
"""Of one registration."""

MAX_OPERATIONS: Final = 100
"""Of one batch."""

FILE: Final = "file"
"""Name of the field of a form that holds a recording as it is."""

AUDIO: Final = "audio_base64"
"""Name of the field of JSON that holds a recording, or several, in base64."""


def _decoded(value: object) -> bytes:
    if isinstance(value, bytes):  # out of a form
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("base64", "Input should be a string of base64")
    try:
        return binascii.a2b_base64(value.encode(), strict_mode=True)
    except binascii.Error as error:
        raise PydanticCustomError(
            "base64", "Input should be base64: {reason}", {"reason": str(error)}
        ) from error


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


_BASE64: Final = {"type": "string", "contentEncoding": "base64", "examples": ["UklGRiQAAABXQVZF"]}

_Recording = Annotated[bytes, BeforeValidator(_decoded)]
_Recordings = Annotated[list[_Recording], BeforeValidator(_as_list)]


class RegisterBody(Message):
    """A registration."""

    speaker_id: SpeakerId | None = Field(
        None, description="Left out: an anonymous one is made, which nobody can guess."
    )
    name: Name | None = Field(None, description="Left out: as it was.")
    recordings: Annotated[
        _Recordings,
        WithJsonSchema({"anyOf": [_BASE64, {"type": "array", "items": _BASE64}]}),
    ] = Field(
        validation_alias=AliasChoices(AUDIO, FILE),
        min_length=1,
        max_length=MAX_RECORDINGS,
        description=f"A recording, or up to {MAX_RECORDINGS}: any format that ffmpeg reads.",
    )


class IdentifyBody(Message):
    """An identification."""

    threshold: float = Field(
        DEFAULT_THRESHOLD, ge=0, le=1, description="Score from which a voice is a known one."
    )
    top_k: int = Field(5, ge=1, le=100, description="Candidates to name.")
    recordings: Annotated[_Recordings, WithJsonSchema(_BASE64)] = Field(
        validation_alias=AliasChoices(AUDIO, FILE),
        min_length=1,
        max_length=1,
        description="One recording: any format that ffmpeg reads.",
    )


class RegisterOperation(RegisterBody):
    """A registration, as one of a batch."""

    op: Literal["register"]


class IdentifyOperation(IdentifyBody):
    """An identification, as one of a batch."""

    op: Literal["identify"]


class DeleteOperation(Message):
    """A deletion, as one of a batch."""

    op: Literal["delete"]
    speaker_id: SpeakerId


Operation = RegisterOperation | IdentifyOperation | DeleteOperation

_operations: TypeAdapter[Operation] = TypeAdapter(Annotated[Operation, Field(discriminator="op")])


class BatchBody(Message):
    """A batch. Its operations are checked one by one, when it is their turn."""

    operations: list[dict[str, Any]] = Field(min_length=1, max_length=MAX_OPERATIONS)


def parse_operation(operation: dict[str, Any]) -> Operation:
    """Check one operation of a batch; raises pydantic.ValidationError."""
    return _operations.validate_python(operation)


def recordings_of(body: Message) -> list[bytes]:
    """The recordings in a body; none where it is of a kind without."""
    match body:
        case RegisterBody() | IdentifyBody():
            return body.recordings
        case _:
            return []
