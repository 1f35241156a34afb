import asyncio
import time

import httpx
import redis

from local_stack.stack import Stack
from tests.gateway_service.speakers.answering import ASKED, BROKEN, GO, MUTE, SLOW
from tests.support.waiting import eventually


async def test_without_a_worker_the_answer_is_no_at_once(deserted: str) -> None:
    async with httpx.AsyncClient(base_url=deserted) as http:
        began = time.monotonic()
        answer = await http.post("/speakers/identify", files={"file": b"x"})
        took = time.monotonic() - began

    assert answer.status_code == 503
    assert answer.json() == {
        "code": "NO_WORKER",
        "message": "no diarization worker is alive",
        "retryable": True,
    }
    assert int(answer.headers["retry-after"]) > 0
    assert took < 3  # the time that a worker would have


async def test_texts_are_not_judged_without_a_worker_either(deserted: str) -> None:
    async with httpx.AsyncClient(base_url=deserted) as http:
        answer = await http.post("/sentiment", json={"texts": ["네"]})

    assert (answer.status_code, answer.json()["code"]) == (503, "NO_WORKER")
    assert answer.json()["message"] == "no sentiment worker is alive"


async def test_a_worker_that_does_not_answer_is_not_waited_for_for_ever(
    http: httpx.AsyncClient, stored: redis.Redis
) -> None:
    answer = await http.get(f"/speakers/{MUTE}")

    assert (answer.status_code, answer.json()["code"]) == (503, "NO_WORKER")
    assert answer.json()["message"] == "no worker answered within 3 s"
    assert not list(stored.scan_iter("answer:*"))


async def test_who_waits_holds_up_nobody(http: httpx.AsyncClient, stored: redis.Redis) -> None:
    await http.post("/speakers/register", data={"speaker_id": SLOW}, files={"file": b"x"})
    slow = asyncio.create_task(http.get(f"/speakers/{SLOW}"))
    others = [http.post("/speakers/identify", files={"file": b"x"}) for _ in range(10)]
    assert {answer.status_code for answer in await asyncio.gather(*others)} == {200}
    assert not slow.done()

    stored.rpush(GO, "")
    assert (await slow).json()["speaker_id"] == SLOW


async def test_an_upload_is_gone_whether_it_was_answered_or_not(
    http: httpx.AsyncClient, stored: redis.Redis
) -> None:
    for speaker_id in ("fine", MUTE):
        stored.delete(ASKED)
        registering = asyncio.create_task(
            http.post("/speakers/register", data={"speaker_id": speaker_id}, files={"file": b"x"})
        )
        await asyncio.to_thread(eventually, lambda: stored.llen(ASKED))
        if speaker_id == MUTE:
            (upload,) = stored.scan_iter("upload:*")
            assert 0 < stored.ttl(upload) <= 60
        await registering
        assert not list(stored.scan_iter("upload:*"))


async def test_a_caller_who_hangs_up_leaves_nothing_behind(
    answered: Stack, http: httpx.AsyncClient, stored: redis.Redis
) -> None:
    stored.delete(ASKED)
    with_file = {"data": {"speaker_id": MUTE}, "files": {"file": b"x"}}
    registering = asyncio.create_task(http.post("/speakers/register", **with_file))
    await asyncio.to_thread(eventually, lambda: stored.llen(ASKED))
    registering.cancel()
    await asyncio.gather(registering, return_exceptions=True)

    await asyncio.to_thread(eventually, lambda: not list(stored.scan_iter("upload:*")))
    assert (await http.get("/health")).status_code == 200
    assert "Traceback" not in answered.log("gateway").read_text()


async def test_an_answer_that_is_none_is_a_fault(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"/speakers/{BROKEN}")

    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")
    assert answer.json()["message"] == "show: a worker's answer can't be read"
