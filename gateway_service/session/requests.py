"""What `start_transcription` asks for, checked against bounds and against what engines can do."""

from collections.abc import Sequence

from pydantic import ValidationError

from contract.client_messages import StartTranscription, describe
from contract.errors import InvalidMessageError, UnsupportedLanguageError
from contract.heartbeats import Heartbeat
from contract.parameters import AUTO_LANGUAGE, Parameters
from gateway_service.session.record import Settings


def requested_settings(message: StartTranscription, defaults: Parameters) -> Settings:
    """Defaults overridden by the message; raises InvalidMessageError naming field and bound."""
    asked = dict(message.parameters)
    for name in ("language", "num_speakers"):
        value = getattr(message, name)
        if value is not None:
            asked[name] = value
    try:
        parameters = Parameters.model_validate({**defaults.model_dump(), **asked})
    except ValidationError as error:
        raise InvalidMessageError(describe(error, prefix="parameters")) from error
    return Settings(parameters, message.interim, message.prompt)


def check_language(language: str, workers: Sequence[Heartbeat]) -> None:
    """Refuse, by name, a language that no worker alive can do; raises UnsupportedLanguageError."""
    if language == AUTO_LANGUAGE or not workers:
        return
    if any(worker.languages is None or language in worker.languages for worker in workers):
        return
    can = sorted({code for worker in workers for code in worker.languages or ()})
    names = ", ".join(sorted({worker.engine.name for worker in workers if worker.engine}))
    advice = next((worker.advice for worker in workers if worker.advice), "")
    raise UnsupportedLanguageError(
        f"language: {names} can't do {language!r}, only {', '.join(can)}. {advice}".strip()
    )
