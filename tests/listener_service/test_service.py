import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from contract.event_log import EventLog
from contract.names import RESULTS_STREAM, TOTALS, ledger_key, session_key
from contract.redis_clients import connect_async
from contract.work import (
    Correction,
    Failed,
    Job,
    Outcome,
    Recalled,
    RecalledVoice,
    Transcribed,
    result_entry,
)
from listener_service.service import Listener
from tests.support.jobs import recall_job, speech_job

SESSION = "s1"
MARKS = {"heard": 1.0, "cut": 1.1, "stt": 1.2, "diarization": 1.3, "sentiment": 1.4}


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect_async(redis_url)
    await client.hset(session_key(SESSION), mapping={"epoch": 1})
    await client.expire(session_key(SESSION), 900)
    yield client
    await client.aclose()


@asynccontextmanager
async def listening(redis: Redis) -> AsyncIterator[None]:
    """A listener at work."""
    running = asyncio.create_task(Listener(redis, "test").run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def answered(redis: Redis, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The events that a session's client gets for these outcomes."""
    for outcome in outcomes:
        job: Job = outcome.job
        await redis.hset(ledger_key(SESSION), str(job.utterance_id), job.model_dump_json())
        await redis.xadd(RESULTS_STREAM, result_entry(outcome))
    async with listening(redis), asyncio.timeout(20):
        while await redis.xlen(RESULTS_STREAM):
            pass
    return [json.loads(event.text) for event in await EventLog(redis).read_after(SESSION, 0)]


async def test_recalled_voices_are_told_though_they_have_no_audio(redis: Redis) -> None:
    voices = [
        RecalledVoice(speaker_id=number, name=None, speech_seconds=5, quality=1)
        for number in (0, 1)
    ]
    failed = Failed(
        job=recall_job(utterance_id=2), code="SPEAKER_UNKNOWN", message="no voice print of kim"
    )

    events = await answered(redis, [Recalled(job=recall_job("a", "b"), voices=voices), failed])

    assert [event["type"] for event in events] == ["speaker_registration_completed"] * 2 + ["error"]
    assert [event.get("speaker_id") for event in events] == [0, 1, None]
    assert (events[2]["code"], events[2]["retryable"]) == ("SPEAKER_UNKNOWN", False)


async def test_the_audio_of_an_answered_utterance_is_cleared_away(redis: Redis) -> None:
    job = speech_job(1).model_copy(update={"marks": MARKS})
    await redis.set(job.audio_key, b"1")

    await answered(redis, [Failed(job=job, code="X", message="")])

    assert not await redis.exists(job.audio_key)


async def test_a_correction_of_what_was_never_told_is_logged_and_no_error(
    redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    silent = Transcribed(
        job=speech_job(1).model_copy(update={"marks": MARKS}),
        segments=[],
        corrections=[Correction(segment_ids=["7.1"], speaker_id=0, speaker="Kim")],
        language="ko",
        confidence=0.0,
    )

    assert await answered(redis, [silent]) == []

    assert "does not know is dropped: 7.1" in caplog.text
    assert await redis.hgetall(TOTALS) == {b"silent": b"1"}
