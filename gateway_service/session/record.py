"""What a session is, as Redis keeps it: all that another gateway needs to go on with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from contract.parameters import Parameters
from gateway_service.endpointing.endpointer import Checkpoint


class State(StrEnum):
    """What the session is doing."""

    IDLE = "idle"
    ENROLLING = "enrolling"
    TRANSCRIBING = "transcribing"
    STOPPING = "stopping"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Settings:
    """What `start_transcription` asked for."""

    parameters: Parameters
    interim: bool = True
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session at the moment a gateway takes it into its hands."""

    session_id: str
    epoch: int
    """Raised at each take-over: writes under an older one are refused."""
    state: State
    greeted: bool
    """Whether `model_loaded` was said."""
    next_utterance: int
    settings: Settings
    checkpoint: Checkpoint
    last_event_id: int


def checkpoint_fields(checkpoint: Checkpoint) -> dict[str, str | int]:
    """A checkpoint as fields of the session's hash."""
    return {"sample": checkpoint.sample, "continuing": int(checkpoint.continuing)}


def settings_fields(settings: Settings) -> dict[str, str | int]:
    """What was asked for, as fields of the session's hash."""
    return {
        "parameters": settings.parameters.model_dump_json(),
        "interim": int(settings.interim),
        "prompt": settings.prompt or "",
    }


def read_record(session_id: str, fields: Mapping[str, str]) -> SessionRecord:
    """Build the record from the session's hash."""
    return SessionRecord(
        session_id=session_id,
        epoch=int(fields["epoch"]),
        state=State(fields["state"]),
        greeted=fields.get("greeted") == "1",
        next_utterance=int(fields.get("next_utterance", 1)),
        settings=Settings(
            parameters=Parameters.model_validate_json(fields["parameters"]),
            interim=fields["interim"] == "1",
            prompt=fields["prompt"] or None,
        ),
        checkpoint=Checkpoint(int(fields.get("sample", 0)), fields.get("continuing") == "1"),
        last_event_id=int(fields.get("last_event_id", 0)),
    )
