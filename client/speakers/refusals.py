"""Refusals that came over the wire, as the errors they were where they began."""

from typing import Final

from client.errors import SourceError
from contract import errors
from contract.errors import SoriError
from contract.speakers import Refused, RefusedError

ABOUT_A_RECORDING: Final = (
    SourceError,
    errors.TooLargeError,
    errors.AudioUnreadableError,
    errors.AudioTooLongError,
    errors.NoSpeechError,
    errors.SpeechTooShortError,
    errors.SeveralVoicesError,
    errors.EngineError,
)
"""What is wrong with one recording and says nothing about the next."""

_BY_CODE: Final = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, SoriError)
}


def error_of(refused: Refused) -> SoriError:
    """The error that the refusal's code names, so that one `except` serves near and far."""
    kind = _BY_CODE.get(refused.code)
    return RefusedError(refused) if kind is None else kind(refused.message)
