import base64
import json

import httpx
import pytest
import redis

from contract.speakers import Identified, Prints, Reembedded, Registered, VoicePrint
from tests.gateway_service.speakers.answering import ASKED, EMBEDDING


def voice(speaker_id: str) -> bytes:
    """A recording, as the stand-in hears them."""
    return speaker_id.encode()


def in_base64(speaker_id: str) -> str:
    return base64.b64encode(voice(speaker_id)).decode()


async def register(http: httpx.AsyncClient, speaker_id: str) -> None:
    answer = await http.post(
        "/speakers/register",
        data={"speaker_id": speaker_id},
        files={"file": voice(speaker_id)},
    )
    assert answer.status_code == 200, answer.text


async def test_files_and_fields_of_a_form_reach_the_worker(
    http: httpx.AsyncClient, stored: redis.Redis
) -> None:
    stored.delete(ASKED)
    answer = await http.post(
        "/speakers/register",
        data={"speaker_id": "jiwoo", "name": "지우"},
        files=[("file", ("1.wav", b"four", "audio/wav")), ("file", ("2.webm", b"seven..", None))],
    )

    registered = Registered.model_validate_json(answer.content)
    assert answer.status_code == 200
    assert (registered.voice_print.speaker_id, registered.voice_print.name) == ("jiwoo", "지우")
    assert (registered.voice_print.samples, registered.voice_print.speech_seconds) == (2, 11)
    (asked,) = [json.loads(text) for text in stored.lrange(ASKED, 0, -1)]
    assert not [key for key in asked["uploads"] if stored.exists(key)]


@pytest.mark.parametrize("several", [False, True])
async def test_recordings_come_in_json_too(http: httpx.AsyncClient, several: bool) -> None:
    audio = [in_base64("minji"), in_base64("min")] if several else in_base64("minji")
    answer = await http.post("/speakers/register", json={"audio_base64": audio, "name": "민지"})

    shown = Registered.model_validate_json(answer.content).voice_print
    assert shown.speaker_id == "anonymous-0"
    assert shown.speech_seconds == (8 if several else 5)


async def test_an_empty_field_of_a_form_is_none(http: httpx.AsyncClient) -> None:
    answer = await http.post(
        "/speakers/register", data={"speaker_id": "", "name": ""}, files={"file": b"x"}
    )

    assert answer.json()["voice_print"]["speaker_id"] == "anonymous-0"
    assert answer.json()["voice_print"]["name"] is None


async def test_a_voice_is_identified(http: httpx.AsyncClient) -> None:
    await register(http, "known")
    by_form = await http.post("/speakers/identify", files={"file": voice("known")})
    by_json = await http.post("/speakers/identify", json={"audio_base64": in_base64("known")})
    stranger = await http.post("/speakers/identify", files={"file": voice("stranger")})
    strict = await http.post(
        "/speakers/identify", data={"threshold": "0.95"}, files={"file": voice("known")}
    )

    found = Identified.model_validate_json(by_form.content)
    assert (found.speaker_id, found.known, found.score) == ("known", True, 0.9)
    assert by_json.json() == by_form.json()
    assert (stranger.json()["speaker_id"], stranger.json()["known"]) == (None, False)
    assert (strict.json()["speaker_id"], strict.json()["score"]) == (None, 0.9)


async def test_the_registry_is_read_a_page_at_a_time(http: httpx.AsyncClient) -> None:
    for name in ("a", "b", "c", "d", "e"):
        await register(http, name)

    pages = [
        Prints.model_validate_json(
            (await http.get("/speakers", params={"offset": offset, "limit": 2})).content
        )
        for offset in (0, 2, 4, 6)
    ]

    assert [[p.speaker_id for p in page.prints] for page in pages] == [
        ["a", "b"],
        ["c", "d"],
        ["e"],
        [],
    ]
    assert {page.total for page in pages} == {5}


async def test_an_embedding_is_shown_only_on_demand(http: httpx.AsyncClient) -> None:
    await register(http, "known")
    for path in ("/speakers", "/speakers/known"):
        without = (await http.get(path)).json()
        with_it = (await http.get(path, params={"embedding": "true"})).json()
        assert [p["embedding"] for p in without.get("prints", [without])] == [None]
        assert [p["embedding"] for p in with_it.get("prints", [with_it])] == [EMBEDDING]


async def test_one_is_shown_and_deleted(http: httpx.AsyncClient) -> None:
    await register(http, "gone.soon_1")
    shown = await http.get("/speakers/gone.soon_1")
    deleted = await http.delete("/speakers/gone.soon_1")
    after = await http.get("/speakers/gone.soon_1")

    assert VoicePrint.model_validate_json(shown.content).samples == 1
    assert (deleted.status_code, deleted.json()["speaker_id"]) == (200, "gone.soon_1")
    assert after.status_code == 404
    assert after.json() == {
        "code": "SPEAKER_UNKNOWN",
        "message": "no voice print of gone.soon_1",
        "retryable": False,
    }


async def test_names_of_routes_are_no_speakers(http: httpx.AsyncClient) -> None:
    map_ = await http.get("/speakers/map.svg")
    export = await http.get("/speakers/export")
    reembedded = await http.post("/speakers/reembed")

    assert map_.headers["content-type"] == "image/svg+xml"
    assert map_.text.startswith("<svg")
    assert "script" not in map_.headers["content-security-policy"]
    assert (export.status_code, export.text) == (200, "")
    assert Reembedded.model_validate_json(reembedded.content).made == 0
