"""Monologues, interruptions and the sentiment of late, as the settling script keeps them."""

from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis

from contract.names import turns_key
from contract.redis_clients import connect_async
from contract.statistics import read_session_stats
from contract.values import SentimentLabel, SessionStats
from listener_service.settlement import Settlement
from tests.listener_service.test_corrections import SESSION, corrected, open_session, said

Turn = tuple[int | None, float, float]
"""Speaker, start, end."""


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect_async(redis_url)
    await open_session(client, utterances=40)
    yield client
    await client.aclose()


async def talk(redis: Redis, turns: Sequence[Turn]) -> SessionStats:
    for number, (speaker_id, start, end) in enumerate(turns, start=1):
        segment = said(f"{number}.1", speaker_id).model_copy(update={"start": start, "end": end})
        await Settlement(redis).settle(SESSION, number, [segment], 0.0)
    return await read_session_stats(redis, SESSION)


async def test_a_monologue_ends_with_another_speaker_or_a_long_pause(redis: Redis) -> None:
    stats = await talk(
        redis, [(0, 0, 2), (0, 6.5, 9), (0, 14.5, 15), (1, 16, 17), (0, 18, 19), (None, 20, 24)]
    )

    assert [one.longest_monologue_seconds for one in stats.speakers] == [9.0, 1.0, 4.0]
    assert stats.overall.longest_monologue_seconds == 9.0


async def test_who_takes_the_word_without_a_breath_interrupts(redis: Redis) -> None:
    stats = await talk(
        redis,
        [(0, 0, 2), (1, 2.05, 3), (0, 2.9, 5), (1, 5.5, 6), (1, 6, 7), (None, 7, 8), (0, 8, 9)],
    )

    assert [one.interruptions for one in stats.speakers] == [1, 1, 0]
    assert stats.overall.interruptions == 2


async def test_a_clock_that_begins_anew_ends_a_turn(redis: Redis) -> None:
    stats = await talk(redis, [(0, 30, 40), (1, 0, 2), (1, 2.5, 3), (1, 1, 1.5)])

    assert [one.longest_monologue_seconds for one in stats.speakers] == [10.0, 3.0]
    assert stats.overall.interruptions == 0


async def test_a_correction_is_as_if_it_had_been_so_from_the_start(redis: Redis) -> None:
    await talk(redis, [(0, 0, 2), (1, 2.05, 3), (0, 3.05, 5)])
    await Settlement(redis).settle(SESSION, 4, [corrected(["2.1"], 0)], 0.0)

    stats = await read_session_stats(redis, SESSION)

    assert (stats.overall.longest_monologue_seconds, stats.overall.interruptions) == (5.0, 0)


async def test_sentiment_of_late_is_of_the_last_twenty(redis: Redis) -> None:
    labels: list[SentimentLabel] = ["negative"] * 5 + ["positive"] * 15 + ["neutral"] * 5
    for number, label in enumerate(labels, start=1):
        segment = said(f"{number}.1", number % 2, label=label)
        await Settlement(redis).settle(SESSION, number, [segment], 0.0)

    stats = await read_session_stats(redis, SESSION)

    assert stats.overall.recent_sentiment == 0.75
    assert [one.recent_sentiment for one in stats.speakers] == [0.5, 0.308]
    assert 0 < await redis.ttl(turns_key(SESSION)) <= 900
