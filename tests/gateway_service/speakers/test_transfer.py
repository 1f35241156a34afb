from collections.abc import AsyncIterator

import httpx
import pytest

from contract.speakers import Imported, Sample, StoredPrint
from gateway_service.speakers.transfer import CHUNK_PRINTS, NDJSON, PAGE

MANY = 2 * max(PAGE, CHUNK_PRINTS) + 5


def stored(speaker_id: str) -> StoredPrint:
    return StoredPrint(
        speaker_id=speaker_id,
        name="이름",
        encoder="stand-in/1",
        created="2026-01-01T00:00:00Z",
        updated="2026-01-01T00:00:00Z",
        samples=[Sample(embedding=[0.6, 0.8], speech_seconds=3.0)],
    )


def line(speaker_id: str) -> bytes:
    return stored(speaker_id).model_dump_json().encode() + b"\n"


async def in_pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def send(http: httpx.AsyncClient, data: bytes, size: int = 1000) -> httpx.Response:
    head = {"Content-Type": NDJSON}
    return await http.post("/speakers/import", headers=head, content=in_pieces(data, size))


@pytest.mark.parametrize("size", [7_001, 1_000_000])
async def test_what_was_imported_is_exported(http: httpx.AsyncClient, size: int) -> None:
    names = [f"s{number:04}" for number in range(MANY)]
    written = await send(http, b"".join(map(line, names)), size)
    exported = await http.get("/speakers/export")

    assert Imported.model_validate_json(written.content).count == MANY
    assert exported.headers["content-type"] == NDJSON
    prints = [StoredPrint.model_validate_json(text) for text in exported.content.splitlines()]
    assert prints == [stored(name) for name in names]


async def test_blank_lines_and_a_missing_last_newline_are_no_matter(
    http: httpx.AsyncClient,
) -> None:
    answer = await send(http, b"\n" + line("a") + b"\r\n \n" + line("b").rstrip())

    assert answer.json()["count"] == 2


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (b"{", "line 102: body: Invalid JSON"),
        (line("a").replace(b'"a"', b'"a b"'), "line 102: speaker_id: String should match"),
        (line("a").replace(b'"name"', b'"nmae"'), "line 102: name: Field required"),
    ],
)
async def test_a_wrong_line_is_named_and_those_before_it_are_there(
    http: httpx.AsyncClient, wrong: bytes, complaint: str
) -> None:
    good = [line(f"s{number}") for number in range(CHUNK_PRINTS + 1)]
    answer = await send(http, b"".join([*good, wrong, *good]))

    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_MESSAGE")
    assert answer.json()["message"].startswith(complaint)
    assert f"(the first {CHUNK_PRINTS} are imported)" in answer.json()["message"]
    assert (await http.get("/speakers")).json()["total"] == CHUNK_PRINTS


async def test_nothing_imports_nothing(http: httpx.AsyncClient) -> None:
    assert (await send(http, b"")).json()["count"] == 0
