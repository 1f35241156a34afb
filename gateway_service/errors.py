"""What an HTTP caller is told when something can't be done: one body, one table of statuses."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from kombu.exceptions import OperationalError
from pydantic import ValidationError
from redis.exceptions import RedisError
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from contract.errors import (
    AudioExpiredError,
    AudioTooLongError,
    AudioUnreadableError,
    EncoderChangedError,
    FetchFailedError,
    InvalidMessageError,
    JobCancelledError,
    JobExistsError,
    JobTimeoutError,
    JobUnfinishedError,
    JobUnknownError,
    MediaForbiddenError,
    MediaNotFoundError,
    MediaTypeError,
    ModelUnavailableError,
    NoSpeechError,
    NoWorkerError,
    ServerTooBusyError,
    SeveralVoicesError,
    SoriError,
    SpeakerUnknownError,
    SpeechTooShortError,
    StorageFullError,
    StorageUnavailableError,
    TooLargeError,
    UnauthorizedError,
    UnsupportedLanguageError,
    UploadTooSlowError,
    VoiceMismatchError,
    is_retryable,
)
from contract.jobs import JobFailedError
from contract.model import Message
from contract.speakers import RefusedError

log = logging.getLogger(__name__)

T = TypeVar("T")

STATUS: Final[Mapping[str, int]] = {
    UnauthorizedError.code: HTTPStatus.UNAUTHORIZED,
    SpeakerUnknownError.code: HTTPStatus.NOT_FOUND,
    JobUnknownError.code: HTTPStatus.NOT_FOUND,
    MediaForbiddenError.code: HTTPStatus.FORBIDDEN,
    JobExistsError.code: HTTPStatus.CONFLICT,
    JobUnfinishedError.code: HTTPStatus.CONFLICT,
    JobCancelledError.code: HTTPStatus.CONFLICT,
    StorageFullError.code: HTTPStatus.INSUFFICIENT_STORAGE,
    StorageUnavailableError.code: HTTPStatus.SERVICE_UNAVAILABLE,
    JobTimeoutError.code: HTTPStatus.GATEWAY_TIMEOUT,
    UploadTooSlowError.code: HTTPStatus.REQUEST_TIMEOUT,
    EncoderChangedError.code: HTTPStatus.CONFLICT,
    VoiceMismatchError.code: HTTPStatus.CONFLICT,
    TooLargeError.code: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    AudioTooLongError.code: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    MediaTypeError.code: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    AudioUnreadableError.code: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    InvalidMessageError.code: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoSpeechError.code: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnsupportedLanguageError.code: HTTPStatus.UNPROCESSABLE_ENTITY,
    MediaNotFoundError.code: HTTPStatus.UNPROCESSABLE_ENTITY,
    FetchFailedError.code: HTTPStatus.UNPROCESSABLE_ENTITY,
    SpeechTooShortError.code: HTTPStatus.UNPROCESSABLE_ENTITY,
    SeveralVoicesError.code: HTTPStatus.UNPROCESSABLE_ENTITY,
    ServerTooBusyError.code: HTTPStatus.TOO_MANY_REQUESTS,
    NoWorkerError.code: HTTPStatus.SERVICE_UNAVAILABLE,
    AudioExpiredError.code: HTTPStatus.SERVICE_UNAVAILABLE,
    ModelUnavailableError.code: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The status of each code; 500 for any other."""

EXPECTED: Final = (SoriError, RequestValidationError, RedisError, OperationalError)
"""What can go wrong and is told; anything else is a fault."""

_RETRY_AFTER_S: Final[Mapping[int, str]] = {
    HTTPStatus.TOO_MANY_REQUESTS: "1",
    HTTPStatus.SERVICE_UNAVAILABLE: "5",
}

_BODY_LEFT_UNREAD: Final = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
"""Answers with these may come before the request's end."""

LINGER_S: Final = 5.0
"""How long the rest of such a request is thrown away before the connection is closed."""


class Problem(Message):
    """Why something was not done."""

    code: str
    """What it is (docs/operations.md)."""
    message: str
    """For people to read."""
    retryable: bool
    """Whether the same may work later."""


def problem_of(error: Exception) -> tuple[int, Problem]:
    """The status and the body that tell of one of EXPECTED."""
    match error:
        case JobFailedError(failure=failure):
            problem = Problem(
                code=failure.code, message=failure.message, retryable=is_retryable(failure.code)
            )
        case RefusedError(refused=refused):
            problem = Problem(
                code=refused.code, message=refused.message, retryable=refused.retryable
            )
        case SoriError():
            problem = Problem(code=error.code, message=str(error), retryable=error.retryable)
        case RequestValidationError():
            problem = problem_of(invalid(error))[1]
        case RedisError() | OperationalError():
            log.warning("a request failed, as Redis does not answer: %s", error)
            problem = problem_of(NoWorkerError("storage is away"))[1]
        case _:
            raise error
    return STATUS.get(problem.code, HTTPStatus.INTERNAL_SERVER_ERROR), problem


def codes_of(status: int) -> list[str]:
    """The codes that come with a status."""
    return [code for code, its in STATUS.items() if its == status]


def invalid(error: ValidationError | RequestValidationError) -> InvalidMessageError:
    """One line with each wrong field and its bound, but not what was given: that may be a voice."""
    return InvalidMessageError("; ".join(_complaints(error)))


def checked(validate: Callable[[Any], T], given: object) -> T:
    """What pydantic makes of something a caller sent; raises InvalidMessageError."""
    try:
        return validate(given)
    except ValidationError as error:
        raise invalid(error) from error


def install(app: FastAPI) -> None:
    """Have every error of an HTTP route answered with a Problem."""
    for kind in EXPECTED:
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(Exception, _answer_fault)


def answer(status: int, body: Message) -> Response:
    """An error as an HTTP answer, whether or not the request was read to its end."""
    headers = {}
    if status in _RETRY_AFTER_S:
        headers["Retry-After"] = _RETRY_AFTER_S[status]
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    kind = _LastWord if status in _BODY_LEFT_UNREAD else JSONResponse
    return kind(body.model_dump(), status, headers)


async def _answer(_request: Request, error: Exception) -> Response:
    return answer(*problem_of(error))


class _LastWord(JSONResponse):
    """An answer in the middle of a request, and the end of its connection.

    Closing at once would reset the connection under a client that is still sending, and many
    never see the answer then. So what comes after it is thrown away for a while, as nginx does.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.headers["Connection"] = "close"
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while (await receive()).get("more_body"):
                    pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _answer_nobody(_request: Request, _error: Exception) -> Response:
    return Response(status_code=HTTPStatus.BAD_REQUEST)


async def _answer_fault(_request: Request, _error: Exception) -> Response:
    problem = Problem(code=SoriError.code, message="internal error", retryable=False)
    return JSONResponse(problem.model_dump(), HTTPStatus.INTERNAL_SERVER_ERROR)  # and it is logged


def _complaints(error: ValidationError | RequestValidationError) -> Iterator[str]:
    of_request = isinstance(error, RequestValidationError)
    for item in error.errors():
        place = [str(part) for part in item["loc"][of_request:]]
        yield f"{'.'.join(place) or 'body'}: {item['msg']}"
