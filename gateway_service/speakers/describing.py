"""What the routes can't tell OpenAPI by their types: bodies that they read themselves, errors."""

from typing import Any, Final

from contract.model import Message
from gateway_service.errors import Problem, codes_of
from gateway_service.speakers.bodies import (
    AUDIO,
    FILE,
    MAX_OPERATIONS,
    DeleteOperation,
    IdentifyBody,
    IdentifyOperation,
    RegisterBody,
    RegisterOperation,
)
from gateway_service.speakers.uploads import FORM, JSON

_FILE: Final = {"type": "string", "format": "binary"}


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for its `responses`: each status with the codes that come with it."""
    return {
        status: {
            "model": Problem,
            "description": ", ".join(f"`{code}`" for code in codes_of(status)),
        }
        for status in codes
    }


def form_or_json(body: type[RegisterBody | IdentifyBody], *, several: bool) -> dict[str, Any]:
    """A body that comes as a form with a file, or several, or as JSON."""
    as_json = body.model_json_schema()
    fields = {name: field for name, field in as_json["properties"].items() if name != AUDIO}
    file = {"type": "array", "items": _FILE} if several else _FILE
    form = {
        "type": "object",
        "properties": {
            FILE: {**file, "description": as_json["properties"][AUDIO]["description"]},
            **fields,
        },
        "required": [FILE],
    }
    return _body({FORM: {"schema": form}, JSON: {"schema": as_json}})


def batch_body() -> dict[str, Any]:
    """A batch, with what each of its operations may hold."""
    operations = [
        operation.model_json_schema()
        for operation in (RegisterOperation, IdentifyOperation, DeleteOperation)
    ]
    schema = {
        "type": "object",
        "properties": {
            "operations": {
                "type": "array",
                "items": {"oneOf": operations},
                "minItems": 1,
                "maxItems": MAX_OPERATIONS,
            }
        },
        "required": ["operations"],
        "additionalProperties": False,
    }
    example = {
        "operations": [
            {"op": "register", "speaker_id": "jiwoo", "name": "지우", AUDIO: "UklGRiQAAABXQVZF"},
            {"op": "identify", AUDIO: "UklGRiQAAABXQVZF", "threshold": 0.8},
            {"op": "delete", "speaker_id": "someone"},
        ]
    }
    return _body({JSON: {"schema": schema, "example": example}})


def json_body(body: type[Message], example: dict[str, Any]) -> dict[str, Any]:
    """A body that comes as JSON alone."""
    return _body({JSON: {"schema": body.model_json_schema(), "example": example}})


def import_body(media_type: str) -> dict[str, Any]:
    """What an export gives."""
    return _body({media_type: {"schema": {"type": "string"}}})


def _body(content: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}}
