"""The numbers of each day, kept for a while: written by listeners, read by gateways."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from contract.monitoring import DayStats, SentimentShare
from contract.names import DAYS_KEPT, day_key

SESSIONS: Final = "sessions"
UTTERANCES: Final = "utterances"
SILENT: Final = "silent"
FAILED: Final = "failed"
WORDS: Final = "words"
SPEECH_MS: Final = "speech_ms"
LABELS: Final = ("positive", "negative", "neutral")

DAY_TTL_S: Final = DAYS_KEPT * 86_400
"""How long a day's numbers are kept, seconds."""


def today_key(now: float | None = None) -> str:
    """Where today's numbers are, or those of the day of `now` (seconds since the epoch)."""
    return day_key(_day(time.time() if now is None else now))


def add_to_day(pipe: Pipeline, counts: Mapping[str, int], now: float | None = None) -> None:
    """Count for today, or for the day of `now` (seconds since the epoch), as part of a pipeline."""
    key = today_key(now)
    for name, count in counts.items():
        if count:
            pipe.hincrby(key, name, count)
    pipe.expire(key, DAY_TTL_S)


async def read_days(redis: Redis, count: int, now: float | None = None) -> list[DayStats]:
    """The last `count` days, today last; those on which nothing happened are all zeros."""
    today = datetime.fromtimestamp(time.time() if now is None else now, UTC)
    days = [_day((today - timedelta(days=ago)).timestamp()) for ago in reversed(range(count))]
    async with redis.pipeline(transaction=False) as pipe:
        for day in days:
            pipe.hgetall(day_key(day))
        answers = await pipe.execute()
    return [
        _stats(day, {name.decode(): int(value) for name, value in counts.items()})
        for day, counts in zip(days, answers, strict=True)
    ]


def sentiment_shares(counts: Mapping[str, int]) -> dict[str, SentimentShare]:
    """How often each label was given, and its share of all."""
    felt = sum(counts.get(label, 0) for label in LABELS)
    return {
        label: SentimentShare(
            count=counts.get(label, 0),
            share=round(counts.get(label, 0) / felt, 4) if felt else 0.0,
        )
        for label in LABELS
    }


def _stats(day: str, counts: Mapping[str, int]) -> DayStats:
    return DayStats(
        day=day,
        sessions=counts.get(SESSIONS, 0),
        utterances=counts.get(UTTERANCES, 0),
        silent=counts.get(SILENT, 0),
        failed=counts.get(FAILED, 0),
        words=counts.get(WORDS, 0),
        speech_seconds=counts.get(SPEECH_MS, 0) / 1000,
        sentiment=sentiment_shares(counts),
    )


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()
