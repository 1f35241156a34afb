import asyncio
import json
import random
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from contract.event_log import EventLog
from contract.events import Transcription
from contract.history import today_key
from contract.names import TOTALS, Channel, counts_key, events_key, ledger_key, session_key
from contract.redis_clients import connect_async
from contract.statistics import read_session_stats
from contract.values import Sentiment
from listener_service.settlement import Settled, Settlement

SESSION = "abc"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect_async(redis_url)
    await client.hset(session_key(SESSION), mapping={"epoch": 1})
    await client.expire(session_key(SESSION), 900)
    await client.hset(ledger_key(SESSION), mapping={str(n): "{}" for n in range(1, 11)})
    yield client
    await client.aclose()


def said(number: int, speaker_id: int | None = 0, label: str = "positive") -> Transcription:
    return Transcription(
        session_id=SESSION,
        utterance_id=number,
        segment_id=f"{number}.1",
        speaker_id=speaker_id,
        speaker=None if speaker_id is None else f"SPEAKER_{speaker_id:02}",
        text=f"문장 {number}",
        timestamp="2026-01-01T00:00:00+00:00",
        start=number,
        end=number + 0.5,
        words=[],
        language="ko",
        confidence=1.0,
        sentiment=Sentiment.model_validate({"label": label, "score": 1.0, "scores": {}}),
        latency_ms={"total": 1.0},
    )


async def texts(redis: Redis) -> list[tuple[int, str]]:
    stored = await EventLog(redis).read_after(SESSION, 0)
    events = [json.loads(event.text) for event in stored]
    assert [event["event_id"] for event in events] == [event.event_id for event in stored]
    return [(event["event_id"], event["text"]) for event in events]


async def test_events_are_numbered_in_the_order_of_utterances(redis: Redis) -> None:
    settlement = Settlement(redis)

    late = [await settlement.settle(SESSION, n, [said(n)], 0.0) for n in (3, 2)]
    assert await texts(redis) == []
    last = await settlement.settle(SESSION, 1, [said(1)], 0.0)

    assert late == [Settled(fresh=True, released=0)] * 2
    assert last == Settled(fresh=True, released=3)
    assert await texts(redis) == [(1, "문장 1"), (2, "문장 2"), (3, "문장 3")]


async def test_a_result_that_comes_twice_is_delivered_once(redis: Redis) -> None:
    settlement = Settlement(redis)

    answers = [await settlement.settle(SESSION, n, [said(n)], 0.0) for n in (1, 1, 3, 3, 2, 1)]

    assert [answer.fresh for answer in answers] == [True, False, True, False, True, False]
    assert len(await texts(redis)) == 3


async def test_it_is_counted_once_for_all_sessions_and_for_the_day(redis: Redis) -> None:
    settlement = Settlement(redis)
    await redis.delete(TOTALS, today_key())

    for number in (2, 1, 2, 1, 3):  # in whatever order, and however often
        await settlement.settle(SESSION, number, [said(number)], 0.0, {"utterances": 1, "words": 4})

    for key in (TOTALS, today_key()):
        assert await redis.hgetall(key) == {b"utterances": b"3", b"words": b"12"}
    assert await redis.ttl(today_key()) > 0


async def test_two_listeners_settle_side_by_side(redis: Redis) -> None:
    listeners = [Settlement(redis), Settlement(redis)]
    work = [number for number in range(1, 11) for _ in range(3)]
    random.Random(7).shuffle(work)  # noqa: S311 (not for secrets)

    await asyncio.gather(
        *(listeners[i % 2].settle(SESSION, n, [said(n)], 0.0) for i, n in enumerate(work))
    )

    assert await texts(redis) == [(n, f"문장 {n}") for n in range(1, 11)]
    assert (await read_session_stats(redis, SESSION)).overall.segments == 10


async def test_silence_settles_without_an_event(redis: Redis) -> None:
    settlement = Settlement(redis)

    await settlement.settle(SESSION, 1, [], 0.0)
    await settlement.settle(SESSION, 2, [said(2)], 0.0)

    assert await texts(redis) == [(1, "문장 2")]
    assert await redis.hget(session_key(SESSION), "settled") == b"2"


async def test_statistics_count_what_was_released(redis: Redis) -> None:
    settlement = Settlement(redis)
    await settlement.settle(SESSION, 1, [said(1), said(1, 1, "negative")], 0.0)
    await settlement.settle(SESSION, 3, [said(3)], 0.0)

    stats = await read_session_stats(redis, SESSION)

    assert stats.overall.segments == 2
    assert stats.summary == "긍정: 1회 50% / 부정: 1회 50%"
    assert [each.speaker for each in stats.speakers] == ["SPEAKER_00", "SPEAKER_01"]


async def test_a_session_that_is_no_more_leaves_nothing_behind(redis: Redis) -> None:
    await redis.delete(session_key(SESSION))

    assert not (await Settlement(redis).settle(SESSION, 1, [said(1)], 0.0)).fresh

    assert not await redis.exists(events_key(SESSION), counts_key(SESSION))


async def test_what_is_written_lives_no_longer_than_the_session(redis: Redis) -> None:
    await Settlement(redis).settle(SESSION, 1, [said(1)], 0.0)

    for key in (events_key(SESSION), counts_key(SESSION)):
        assert 0 < await redis.ttl(key) <= 900


async def test_other_programs_hear_each_transcription(redis: Redis) -> None:
    async with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(Channel.RESULTS.value)
        await Settlement(redis).settle(SESSION, 1, [said(1)], 0.0)
        message = None
        async with asyncio.timeout(5):
            while message is None:
                message = await pubsub.get_message(timeout=1)

    event = json.loads(message["data"])
    assert (event["event_id"], event["text"]) == (1, "문장 1")
