from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from contract.history import add_to_day, read_days
from contract.names import DAYS_KEPT, day_key
from contract.redis_clients import connect_async

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
DAY_S = 86_400


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect_async(redis_url)
    yield client
    await client.aclose()


async def count(redis: Redis, now: float, **counts: int) -> None:
    async with redis.pipeline() as pipe:
        add_to_day(pipe, counts, now)
        await pipe.execute()


async def test_each_day_has_its_numbers_and_days_without_any_are_zeros(redis: Redis) -> None:
    await count(redis, NOON, utterances=2, positive=3, words=7, speech_ms=1500)
    await count(redis, NOON + 11 * 3600, utterances=1, negative=1)
    await count(redis, NOON - 2 * DAY_S, sessions=1, failed=1, silent=4)

    earlier, between, today = await read_days(redis, 3, NOON)

    assert [day.day for day in (earlier, between, today)] == [
        "2026-02-27", "2026-02-28", "2026-03-01",
    ]  # fmt: skip
    assert (today.utterances, today.words, today.speech_seconds) == (3, 7, 1.5)
    assert today.sentiment["positive"].count == 3
    assert today.sentiment["positive"].share == 0.75
    assert between.utterances == between.sentiment["positive"].share == 0
    assert (earlier.sessions, earlier.failed, earlier.silent) == (1, 1, 4)


async def test_days_are_forgotten_in_the_end(redis: Redis) -> None:
    await count(redis, NOON, utterances=1)

    assert DAY_S < await redis.ttl(day_key("2026-03-01")) <= DAYS_KEPT * DAY_S
