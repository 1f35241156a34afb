import asyncio
from collections.abc import Iterable

import pytest
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Message

from contract.errors import ServerTooBusyError, UploadTooSlowError
from gateway_service.speakers.bodies import BatchBody, IdentifyBody
from gateway_service.speakers.uploads import HELD_REQUESTS, MB, Intake


def request(
    chunks: Iterable[bytes], *, ends: str = "well", kind: str = "application/json"
) -> Request:
    """A request whose body comes in chunks and then ends `well`, by `hanging up`, or `never`."""
    left = iter([*chunks])

    async def receive() -> Message:
        for chunk in left:
            return {"type": "http.request", "body": chunk, "more_body": True}
        if ends == "never":
            await asyncio.Event().wait()
        if ends == "hanging up":
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"content-type", kind.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def test_a_body_that_never_ends_is_not_waited_for() -> None:
    intake = Intake(1, 1, read_timeout=0.05)
    with pytest.raises(UploadTooSlowError):
        async with intake.json(request([b"{"], ends="never"), BatchBody):
            pass
    with pytest.raises(UploadTooSlowError):
        async for _ in intake.lines(request([b"{"], ends="never", kind="a/b"), "a/b"):
            pass


async def test_more_than_there_is_room_for_is_told_to_come_back() -> None:
    intake = Intake(1, 1)
    audio = b"A" * (MB - 100)
    body = b'{"audio_base64": "' + audio + b'"}'
    async with asyncio.timeout(10):
        held = [intake.form_or_json(request([body]), IdentifyBody) for _ in range(HELD_REQUESTS)]
        for one in held:
            await one.__aenter__()
        with pytest.raises(ServerTooBusyError):
            async with intake.form_or_json(request([body]), IdentifyBody):
                pass
        await held[0].__aexit__(None, None, None)
        async with intake.form_or_json(request([body]), IdentifyBody) as last:
            assert len(last.recordings[0]) == len(audio) * 3 // 4


async def test_a_caller_who_hangs_up_takes_up_no_room() -> None:
    intake = Intake(1, 1)
    half = b"0" * (MB // 2)
    for _ in range(3 * HELD_REQUESTS):
        with pytest.raises(ClientDisconnect):
            async with intake.json(request([half], ends="hanging up"), BatchBody):
                pass
        with pytest.raises(ClientDisconnect):
            async for _ in intake.lines(request([half], ends="hanging up", kind="a/b"), "a/b"):
                pass


async def test_lines_of_any_number_take_up_the_room_of_one() -> None:
    intake = Intake(1, 1)
    chunk = b"0" * 99_999 + b"\n"
    count = 0
    async for line in intake.lines(request([chunk] * 60, kind="a/b"), "a/b"):
        count += 1
        assert len(line) == 99_999
    assert count == 60
