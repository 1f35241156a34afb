"""What goes through a whole registry: export, import, renewal. However large, a part at a time."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Final

from fastapi import Request
from pydantic import ValidationError

from contract.errors import InvalidMessageError, SoriError
from contract.speakers import (
    Export,
    Exported,
    Import,
    Imported,
    Reembed,
    Reembedded,
    Refused,
    RefusedError,
    StoredPrint,
)
from gateway_service.errors import invalid, problem_of
from gateway_service.speakers.registry import Registry
from gateway_service.speakers.uploads import Intake

NDJSON: Final = "application/x-ndjson"

PAGE: Final = 100
"""Prints asked for at a time; with kept samples there come fewer."""

CHUNK_PRINTS: Final = 100
CHUNK_BYTES: Final = 1_000_000
"""Prints are sent on when there are that many, or when they are that large together."""

RENEWED_AT_ONCE: Final = 1
"""Prints: one of 50 recordings takes some seconds."""


async def exported(registry: Registry) -> AsyncIterator[bytes]:
    """All stored prints, a line each; the first page is there before the first line is given."""
    offset = 0
    while True:
        page = await registry.ask(Export(offset=offset, limit=PAGE), Exported)
        for stored in page.prints:
            yield stored.model_dump_json().encode() + b"\n"
        offset += len(page.prints)
        if not page.prints or offset >= page.total:
            return


async def imported(request: Request, registry: Registry, intake: Intake) -> Imported:
    """Write the prints in a request's body; raises SoriError, which says what was written."""
    waiting: list[StoredPrint] = []
    size = count = number = 0
    try:
        async with aclosing(intake.lines(request, NDJSON)) as lines:
            async for line in lines:
                number += 1
                if not line.strip():
                    continue
                waiting.append(_parse(line, number))
                size += len(line)
                if len(waiting) >= CHUNK_PRINTS or size >= CHUNK_BYTES:
                    count += await _write(waiting, registry)
                    waiting, size = [], 0
        if waiting:
            count += await _write(waiting, registry)
    except SoriError as error:
        raise _with_count(error, count) from error
    return Imported(count=count)


async def reembedded(registry: Registry, patience: float) -> Reembedded:
    """Renew prints of other encoders for about `patience` seconds; the answer says what is left."""
    deadline = time.monotonic() + patience
    made = 0
    while True:
        answer = await registry.ask(Reembed(limit=RENEWED_AT_ONCE), Reembedded)
        made += answer.made
        if not (answer.made and answer.remaining) or time.monotonic() > deadline:
            return answer.model_copy(update={"made": made})


def _parse(line: bytes, number: int) -> StoredPrint:
    try:
        return StoredPrint.model_validate_json(line)
    except ValidationError as error:
        raise InvalidMessageError(f"line {number}: {invalid(error)}") from error


async def _write(prints: list[StoredPrint], registry: Registry) -> int:
    return (await registry.ask(Import(prints=prints), Imported)).count


def _with_count(error: SoriError, count: int) -> SoriError:
    if not count:
        return error
    _, problem = problem_of(error)
    message = f"{problem.message} (the first {count} are imported)"
    return RefusedError(Refused(code=problem.code, message=message, retryable=problem.retryable))
