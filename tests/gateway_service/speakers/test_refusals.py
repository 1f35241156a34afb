import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from gateway_service.errors import LINGER_S
from local_stack.stack import Stack
from tests.gateway_service.speakers.conftest import KEY

MB = 1_000_000


FILE_BEGINS = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


async def connect(stack: Stack) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = stack.url().removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


async def first_answer(stack: Stack, path: str, head: str, body: bytes) -> tuple[int, Any]:
    """What comes back although only the beginning of a request was sent."""
    reader, writer = await connect(stack)
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode() + body)
    async with asyncio.timeout(20):
        headers = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(re.findall(r"content-length: (\d+)", headers, re.IGNORECASE)[0])
        answer = json.loads(await reader.readexactly(length))
    writer.close()
    return int(headers.split()[1]), answer


def peak_mb(pid: int) -> float:
    """The most memory that a process has had, MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1000


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-API-Key": "wrong"}, 401),
        ({"X-API-Key": ""}, 401),
        ({"X-API-Key": "é".encode()}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Basic {KEY}"}, 401),
        ({"X-API-Key": KEY}, 200),
        ({"X-API-Key": "other"}, 200),
        ({"Authorization": f"Bearer {KEY}"}, 200),
        ({"X-API-Key": KEY, "Authorization": "Bearer wrong"}, 200),
        ({"X-API-Key": "wrong", "Authorization": f"Bearer {KEY}"}, 200),
    ],
)
async def test_a_key_opens_in_either_header(
    strict: str, headers: dict[str, Any], status: int
) -> None:
    async with httpx.AsyncClient(base_url=strict) as http:
        answer = await http.get("/speakers", headers=headers)

    assert answer.status_code == status
    if status == 401:
        assert answer.json()["code"] == "UNAUTHORIZED"
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/speakers/register"),
        ("POST", "/speakers/identify"),
        ("GET", "/speakers"),
        ("GET", "/speakers/someone"),
        ("DELETE", "/speakers/someone"),
        ("POST", "/batch"),
        ("GET", "/speakers/map.svg"),
        ("GET", "/speakers/export"),
        ("POST", "/speakers/import"),
        ("POST", "/speakers/reembed"),
        ("POST", "/tokens"),
    ],
)
async def test_without_a_key_nothing_opens(strict: str, method: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=strict) as http:
        assert (await http.request(method, path)).status_code == 401


async def test_health_needs_no_key(strict: str) -> None:
    async with httpx.AsyncClient(base_url=strict) as http:
        assert (await http.get("/health")).status_code == 200


@pytest.mark.parametrize("path", ["/speakers/identify", "/speakers/register", "/batch"])
async def test_300_mb_are_refused_before_they_come(answered: Stack, path: str) -> None:
    head = f"Content-Type: application/json\r\nContent-Length: {300 * MB}"

    status, body = await first_answer(answered, path, head, b"{")

    assert (status, body["code"]) == (413, "TOO_LARGE")
    assert "2 MB" in body["message"]


@pytest.mark.parametrize(
    ("path", "kind", "start"),
    [
        ("/speakers/identify", "application/json", b""),
        ("/speakers/identify", "multipart/form-data; boundary=x", FILE_BEGINS),
        ("/speakers/import", "application/x-ndjson", b""),
    ],
)
async def test_a_body_without_an_end_is_read_to_the_limit_only(
    answered: Stack, http: httpx.AsyncClient, path: str, kind: str, start: bytes
) -> None:
    pid = answered.pid("gateway")
    assert pid
    before = peak_mb(pid)

    async def body() -> AsyncIterator[bytes]:
        yield start
        for _ in range(40):
            yield b"\0" * MB

    answer = await http.post(path, headers={"Content-Type": kind}, content=body())

    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")
    assert peak_mb(pid) - before < 20


async def test_who_goes_on_sending_after_the_answer_is_cut_off(answered: Stack) -> None:
    _, writer = await connect(answered)
    head = "Content-Type: application/json\r\nTransfer-Encoding: chunked"
    writer.write(f"POST /batch HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())

    async def send_for_ever() -> None:
        while True:
            writer.write(b"10000\r\n" + b"\0" * 0x10000 + b"\r\n")
            await writer.drain()

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(send_for_ever(), 4 * LINGER_S)
    writer.transport.abort()


async def test_the_bound_of_one_recording_holds_for_forms_and_json(http: httpx.AsyncClient) -> None:
    large, largest = b"\0" * (MB + 1), b"\0" * MB
    for path in ("/speakers/register", "/speakers/identify"):
        by_form = await http.post(path, files={"file": large})
        by_json = await http.post(path, json={"audio_base64": base64.b64encode(large).decode()})
        assert (by_form.status_code, by_json.status_code) == (413, 413)
        assert "1 MB at most" in by_form.json()["message"]
        assert (await http.post(path, files={"file": largest})).status_code == 200


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"Content-Type": "audio/wav"}, b"RIFF"),
        ({"Content-Type": "text/plain"}, b"{}"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"file=x"),
        ({}, b"RIFF"),
    ],
)
async def test_a_body_of_another_type_is_refused(
    http: httpx.AsyncClient, headers: dict[str, str], content: bytes
) -> None:
    for path in ("/speakers/register", "/speakers/identify", "/speakers/import", "/batch"):
        answer = await http.post(path, headers=headers, content=content)
        assert (answer.status_code, answer.json()["code"]) == (415, "MEDIA_TYPE_UNSUPPORTED")


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({}, "audio_base64: Field required"),
        ({"audio_base64": 7}, "audio_base64: Input should be a valid array"),
        ({"audio_base64": ["####"]}, "audio_base64.0: Input should be base64"),
        ({"audio_base64": "abc"}, "audio_base64.0: Input should be base64: Incorrect padding"),
        ({"audio_base64": "YWJj\n"}, "audio_base64.0: Input should be base64"),
        ({"audio_base64": [[]]}, "audio_base64.0: Input should be a string of base64"),
        ({"audio_base64": []}, "audio_base64: List should have at least 1 item"),
        ({"audio_base64": ["YWJj"] * 11}, "audio_base64: List should have at most 10 items"),
        ({"audio_base64": "YWJj", "speaker_id": "a b"}, "speaker_id: String should match pattern"),
        ({"audio_base64": "YWJj", "name": ""}, "name: String should have at least 1 character"),
        ({"audio_base64": "YWJj", "naem": "x"}, "naem: Extra inputs are not permitted"),
        ([], "body: Input should be an object"),
    ],
)
async def test_a_wrong_field_is_named(http: httpx.AsyncClient, body: Any, complaint: str) -> None:
    answer = await http.post("/speakers/register", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_MESSAGE")
    assert complaint in answer.json()["message"]
    assert answer.json()["retryable"] is False


@pytest.mark.parametrize(
    ("data", "files", "complaint"),
    [
        ({"threshold": "1.1"}, [b"x"], "threshold: Input should be less than or equal to 1"),
        ({"threshold": "high"}, [b"x"], "threshold: Input should be a valid number"),
        ({"top_k": "0"}, [b"x"], "top_k: Input should be greater than or equal to 1"),
        ({"top_k": ["1", "2"]}, [b"x"], "top_k: given more than once"),
        ({"volume": "11"}, [b"x"], "volume: Extra inputs are not permitted"),
        ({"file": "no file"}, [b"x"], "file: files"),
        ({}, [b"x", b"y"], "file: List should have at most 1 item"),
    ],
)
async def test_a_wrong_field_of_a_form_is_named(
    http: httpx.AsyncClient, data: dict[str, Any], files: list[bytes], complaint: str
) -> None:
    answer = await http.post(
        "/speakers/identify", data=data, files=[("file", file) for file in files]
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_MESSAGE")
    assert complaint in answer.json()["message"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "file: a recording is missing"),
        (b"--x--\r\n", "file: a recording is missing"),
        (b"no boundary anywhere", "body: Invalid multipart data."),
        (
            b'--x\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\n\r\nz\r\n--x--',
            "audio: files, and no others, go by the name of file",
        ),
    ],
)
async def test_a_form_that_is_none_is_refused(
    http: httpx.AsyncClient, content: bytes, complaint: str
) -> None:
    answer = await http.post(
        "/speakers/identify",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
        content=content,
    )

    assert answer.status_code == 422
    assert complaint in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/speakers?limit=0", "limit: Input should be greater than or equal to 1"),
        ("/speakers?limit=1001", "limit: Input should be less than or equal to 1000"),
        ("/speakers?offset=-1", "offset: Input should be greater than or equal to 0"),
        ("/speakers?embedding=perhaps", "embedding: Input should be a valid boolean"),
        ("/speakers/-x", "speaker_id: String should match pattern"),
    ],
)
async def test_a_wrong_parameter_is_named(
    http: httpx.AsyncClient, path: str, complaint: str
) -> None:
    answer = await http.get(path)

    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_MESSAGE")
    assert complaint in answer.json()["message"]


async def test_a_client_that_goes_away_leaves_nothing_behind(
    answered: Stack, http: httpx.AsyncClient, stored: redis.Redis
) -> None:
    _, writer = await connect(answered)
    head = "POST /speakers/identify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: 1000\r\n\r\n".encode() + b'{"audio_base64": "')
    await writer.drain()
    writer.transport.abort()

    assert (await http.post("/speakers/identify", files={"file": b"x"})).status_code == 200
    assert not list(stored.scan_iter("upload:*"))
    assert "Exception" not in answered.log("gateway").read_text()
