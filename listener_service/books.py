"""The numbers of all sessions together: added to with each outcome, told every second."""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, cast

from redis.asyncio import Redis

from contract.events import Event, Transcription, UtteranceFailed
from contract.heartbeats import living
from contract.history import (
    FAILED,
    SILENT,
    SPEECH_MS,
    UTTERANCES,
    WORDS,
    sentiment_shares,
)
from contract.monitoring import SystemStats
from contract.names import (
    ACTIVE_SESSIONS,
    LATEST_STATS,
    ROLES,
    STATS_LEADER,
    TOTALS,
    Channel,
    Queue,
    counts_key,
    latency_key,
    workers_key,
)
from contract.statistics import NOBODY, quantiles
from contract.work import Outcome, Stage, Transcribed

PARTS: Final = ("total", "endpointing", *(stage.value for stage in Stage), "delivery")
FACTORS: Final = "real_time_factor"
KEEP: Final = 1000
"""Latencies kept per part."""

LIVE_S: Final = 60
"""A session that a gateway touched this recently is live; they do so twice a minute."""


def tally_of(outcome: Outcome, events: Sequence[Event]) -> dict[str, int]:
    """What an outcome adds to the numbers of all sessions, and of the day."""
    said = [event for event in events if isinstance(event, Transcription)]
    counts: Counter[str] = Counter(event.sentiment.label for event in said)
    counts[FAILED] = sum(isinstance(event, UtteranceFailed) for event in events)
    if isinstance(outcome, Transcribed):
        counts[UTTERANCES if outcome.segments else SILENT] = 1
    counts[WORDS] = sum(len(event.words) for event in said)
    counts[SPEECH_MS] = sum(round((event.end - event.start) * 1000) for event in said)
    return {name: count for name, count in counts.items() if count}


class Books:
    """Counters in Redis: any number of listeners add to them, one tells them."""

    def __init__(self, redis: Redis, process_id: str) -> None:
        self._redis = redis
        self._process_id = process_id

    async def note(self, outcome: Outcome, events: Sequence[Event]) -> None:
        """Note how long an outcome took that was settled for the first time."""
        if not events or not isinstance(first := events[0], Transcription):
            return
        figures = dict(first.latency_ms)
        spoken = outcome.job.end - outcome.job.start  # type: ignore[union-attr]  # speech
        if spoken > 0:
            figures[FACTORS] = figures[Stage.STT] / 1000 / spoken
        async with self._redis.pipeline(transaction=False) as pipe:
            for part, figure in figures.items():
                pipe.lpush(latency_key(part), figure)
                pipe.ltrim(latency_key(part), 0, KEEP - 1)
            await pipe.execute()

    async def note_double(self) -> None:
        """Count a result that came twice."""
        await self._redis.hincrby(TOTALS, "dropped", 1)

    async def tell(self) -> None:
        """Publish the numbers, unless another listener does."""
        leads = await self._redis.set(STATS_LEADER, self._process_id, nx=True, ex=3)
        if not leads and await self._redis.get(STATS_LEADER) != self._process_id.encode():
            return
        text = (await self.read()).model_dump_json()
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(STATS_LEADER, self._process_id, ex=3)
            pipe.set(LATEST_STATS, text, ex=10)
            pipe.publish(Channel.STATS.value, text)
            await pipe.execute()

    async def read(self) -> SystemStats:
        """The numbers as of now."""
        now = time.time()
        live = await self._redis.zrangebyscore(ACTIVE_SESSIONS, now - LIVE_S, "+inf")
        session_ids = [entry.decode() for entry in cast(list[bytes], live)]
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(TOTALS)
            for queue in Queue:
                pipe.llen(queue.value)
            for role in ROLES:
                pipe.hgetall(workers_key(role))
            for part in (*PARTS, FACTORS):
                pipe.lrange(latency_key(part), 0, -1)
            for session_id in session_ids:
                pipe.hkeys(counts_key(session_id))
            answers = iter(await pipe.execute())
        totals = {name.decode(): int(value) for name, value in next(answers).items()}
        depths = {queue.value: next(answers) for queue in Queue}
        workers = {role: len(living(next(answers), now)) for role in ROLES}
        figures = {part: [float(value) for value in next(answers)] for part in (*PARTS, FACTORS)}
        factors = figures.pop(FACTORS)
        speakers = sum(
            len({name.partition(b":")[0] for name in names} - {NOBODY.encode()})
            for names in answers
        )
        return SystemStats(
            at=datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
            sessions=len(session_ids),
            speakers=speakers,
            utterances=totals.get(UTTERANCES, 0),
            silent=totals.get(SILENT, 0),
            failed=totals.get(FAILED, 0),
            dropped=totals.get("dropped", 0),
            sentiment=sentiment_shares(totals),
            queues=depths,
            workers=workers,
            latency_ms={part: quantiles(values) for part, values in figures.items()},
            real_time_factor=round(sum(factors) / len(factors), 4) if factors else None,
        )
