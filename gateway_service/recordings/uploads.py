"""Recordings that come with a request: streamed to disk, then into the media store."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from contract.errors import (
    InvalidMessageError,
    SoriError,
    TooLargeError,
    UploadTooSlowError,
)
from contract.jobs import Upload
from gateway_service.speakers.uploads import MB
from media_store import SOURCE, MediaStore
from media_store.store import storage_error

FILE: Final = "file"
MAX_FIELDS: Final = 20
MAX_FIELD_BYTES: Final = 100_000

_JSON_BYTES: Final = 100_000
"""Of a request without a recording in it."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form's fields, and its recording in the media store."""

    fields: Mapping[str, str | list[str]]
    """A list where the name ends in `[]`."""
    upload: Upload


class RecordingIntake:
    """Takes recordings in, within bounds of size and time."""

    def __init__(self, store: MediaStore, max_media_mb: float, timeout_s: float) -> None:
        self._store = store
        self._most = round(max_media_mb * MB)
        self._timeout_s = timeout_s

    async def form(self, request: Request) -> Form:
        """Read a form with one file.

        Raises TooLargeError, InvalidMessageError, UploadTooSlowError, StorageFullError,
        StorageUnavailableError, and starlette's ClientDisconnect. The caller sees to it that the
        upload is removed where no job gets it.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._read(request)
        except TimeoutError as error:
            raise UploadTooSlowError(
                f"the request did not arrive within {self._timeout_s:g} s"
            ) from error
        except OSError as error:
            raise storage_error(error, "the recording can't be kept") from error

    async def json(self, request: Request) -> bytes:
        """Read a small body; raises as `form` does."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._timeout_s), aclosing(request.stream()) as stream:
                async for chunk in stream:
                    body += chunk
                    if len(body) > _JSON_BYTES:
                        raise TooLargeError(f"a request of more than {_JSON_BYTES} bytes")
        except TimeoutError as error:
            raise UploadTooSlowError("the request did not arrive in time") from error
        return bytes(body)

    async def _read(self, request: Request) -> Form:
        # Beyond 1 MB, starlette writes a file to disk as it comes.
        parser = MultiPartParser(
            request.headers,
            self._chunks(request),
            max_files=1,
            max_fields=MAX_FIELDS,
            max_part_size=MAX_FIELD_BYTES,
        )
        try:
            form = await parser.parse()
        except MultiPartException as error:
            raise InvalidMessageError(f"body: {error.message}") from error
        try:
            fields, file = _sorted(form)
            return Form(fields, await self._keep(file))
        finally:
            await form.close()

    async def _chunks(self, request: Request) -> AsyncGenerator[bytes, None]:
        if int(request.headers.get("content-length", 0)) > self._most:
            raise self._too_large()
        size = 0
        async with aclosing(request.stream()) as stream:
            async for chunk in stream:
                size += len(chunk)
                if size > self._most:
                    raise self._too_large()
                yield chunk

    async def _keep(self, file: UploadFile) -> Upload:
        upload = Upload(key=f"upload-{secrets.token_hex(16)}", name=file.filename or FILE)

        def keep() -> None:
            with self._store.writing(upload.key, SOURCE) as kept:
                shutil.copyfileobj(file.file, kept, 1 << 20)

        try:
            await asyncio.to_thread(keep)
        except BaseException:
            with suppress(SoriError):  # what went wrong first is what is told
                await asyncio.to_thread(self._store.remove, upload.key)
            raise
        return upload

    def _too_large(self) -> TooLargeError:
        return TooLargeError(f"a recording of more than {self._most / MB:g} MB")


def _sorted(form: FormData) -> tuple[dict[str, str | list[str]], UploadFile]:
    """The fields by name, empty ones left out, and the file."""
    fields: dict[str, str | list[str]] = {}
    file: UploadFile | None = None
    for name, value in form.multi_items():
        if (name == FILE) != isinstance(value, UploadFile):
            raise InvalidMessageError(f"{name}: a file, and nothing else, goes by the name {FILE}")
        if isinstance(value, UploadFile):
            file = value
        elif name.endswith("[]"):
            several = fields.setdefault(name, [])
            if isinstance(several, list):
                several.append(value)
        elif name in fields:
            raise InvalidMessageError(f"{name}: given more than once")
        elif value:
            fields[name] = value
    if file is None:
        raise InvalidMessageError(f"{FILE}: a recording is missing")
    return fields, file
