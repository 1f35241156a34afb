"""Reads the bodies of requests within bounds of size, time and memory, and never onto a disk."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final, TypeVar

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from contract.errors import (
    InvalidMessageError,
    MediaTypeError,
    TooLargeError,
    UploadTooSlowError,
)
from contract.model import Message
from gateway_service.errors import checked
from gateway_service.speakers.bodies import FILE, MAX_RECORDINGS, recordings_of
from gateway_service.speakers.room import Room, Share

READ_TIMEOUT_S: Final = 60.0
"""A body that takes longer to arrive is not waited for."""

HELD_REQUESTS: Final = 4
"""Requests of the largest size that are held in memory at once; of smaller ones, more."""

MAX_FIELDS: Final = 10
MAX_FIELD_BYTES: Final = 10_000

MB: Final = 1_000_000

FORM: Final = "multipart/form-data"
JSON: Final = "application/json"

BodyT = TypeVar("BodyT", bound=Message)
ReadT = TypeVar("ReadT")


class Intake:
    """Where all bodies come in, so that what they take up together has a bound."""

    def __init__(
        self, max_upload_mb: float, max_request_mb: float, read_timeout: float = READ_TIMEOUT_S
    ) -> None:
        """Bounds of one recording and of a whole request, each in MB (1,000,000 bytes)."""
        self._max_upload = round(max_upload_mb * MB)
        self._max_request = round(max_request_mb * MB)
        self._read_timeout = read_timeout
        self._room = Room(HELD_REQUESTS * self._max_request)

    @asynccontextmanager
    async def form_or_json(self, request: Request, kind: type[BodyT]) -> AsyncIterator[BodyT]:
        """Read a request that comes as a form with files or as JSON; it is held in the context.

        Raises MediaTypeError, TooLargeError, InvalidMessageError, UploadTooSlowError or
        ServerTooBusyError, and starlette's ClientDisconnect.
        """
        with self._room.share() as share:
            chunks = self._chunks(request, share, (FORM, JSON))
            if media_type(request) == FORM:
                fields = await self._in_time(_read_form(request, chunks))
                body = checked(kind.model_validate, fields)
            else:
                body = checked(kind.model_validate_json, await self._in_time(_read(chunks)))
            self.check(body)
            yield body

    @asynccontextmanager
    async def json(self, request: Request, kind: type[BodyT]) -> AsyncIterator[BodyT]:
        """The same for a request that comes as JSON alone."""
        with self._room.share() as share:
            chunks = self._chunks(request, share, (JSON,))
            yield checked(kind.model_validate_json, await self._in_time(_read(chunks)))

    async def lines(self, request: Request, kind: str) -> AsyncGenerator[bytes, None]:
        """The lines of a body of type `kind` and any length; none longer than a whole request."""
        _check_type(request, (kind,))
        rest = b""
        async with aclosing(request.stream()) as stream:
            with self._room.share() as share:
                while chunk := await self._in_time(anext(stream, b"")):
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        yield line
                    if len(rest) > self._max_request:
                        raise self._too_large("a line")
                    share.give_back(share.size)
                    share.take(len(rest))
        if rest:
            yield rest

    def check(self, body: Message) -> None:
        """Raises TooLargeError for a recording that is larger than one may be."""
        for recording in recordings_of(body):
            if len(recording) > self._max_upload:
                raise TooLargeError(
                    f"a recording of {len(recording) / MB:.1f} MB: {self._max_upload / MB:g} MB"
                    " at most"
                )

    async def _chunks(
        self, request: Request, share: Share, types: tuple[str, ...]
    ) -> AsyncGenerator[bytes, None]:
        _check_type(request, types)
        if int(request.headers.get("content-length", 0)) > self._max_request:
            raise self._too_large("a request")
        async with aclosing(request.stream()) as stream:
            async for chunk in stream:
                if share.size + len(chunk) > self._max_request:
                    raise self._too_large("a request")
                share.take(len(chunk))
                yield chunk

    async def _in_time(self, reading: Awaitable[ReadT]) -> ReadT:
        try:
            async with asyncio.timeout(self._read_timeout):
                return await reading
        except TimeoutError as error:
            raise UploadTooSlowError(
                f"the request did not arrive within {self._read_timeout:g} s"
            ) from error

    def _too_large(self, what: str) -> TooLargeError:
        return TooLargeError(f"{what} of more than {self._max_request / MB:g} MB")


def media_type(request: Request) -> str:
    """The type of a request's body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _check_type(request: Request, types: tuple[str, ...]) -> None:
    if media_type(request) not in types:
        raise MediaTypeError(f"Content-Type: {' or '.join(types)} is wanted")


class _InMemoryParser(MultiPartParser):
    spool_max_size = sys.maxsize  # voices are not left in temporary files


async def _read(chunks: AsyncGenerator[bytes, None]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def _read_form(request: Request, chunks: AsyncGenerator[bytes, None]) -> dict[str, Any]:
    parser = _InMemoryParser(
        request.headers,
        chunks,
        max_files=MAX_RECORDINGS,
        max_fields=MAX_FIELDS,
        max_part_size=MAX_FIELD_BYTES,
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise InvalidMessageError(f"body: {error.message}") from error
    try:
        return await _fields(form)
    finally:
        await form.close()


async def _fields(form: FormData) -> dict[str, Any]:
    """The fields by name, the files among them as a list of bytes; empty fields are left out."""
    fields: dict[str, Any] = {}
    files: list[bytes] = []
    for name, value in form.multi_items():
        if (name == FILE) != isinstance(value, UploadFile):
            raise InvalidMessageError(f"{name}: files, and no others, go by the name of {FILE}")
        if isinstance(value, UploadFile):
            files.append(await value.read())
        elif name in fields:
            raise InvalidMessageError(f"{name}: given more than once")
        elif value:
            fields[name] = value
    if not files:
        raise InvalidMessageError(f"{FILE}: a recording is missing")
    return {**fields, FILE: files}
