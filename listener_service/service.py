"""The listener: takes results off the stream, one consumer of a group, and settles them."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from contract.heartbeats import Heartbeat
from contract.logs import log_context
from contract.names import LISTENER, RESULTS_GROUP, RESULTS_STREAM, workers_key
from contract.work import AudioJob, Closed, Outcome, parse_result
from listener_service.books import Books, tally_of
from listener_service.closing import Closing
from listener_service.outcomes import events_of, heard_at
from listener_service.settlement import Settlement

log = logging.getLogger(__name__)

READ_COUNT: Final = 64
BLOCK_MS: Final = 1000
CLAIM_IDLE_MS: Final = 3000
"""A result that a listener took and did not settle for this long is another listener's to do."""

BEAT_S: Final = 1.0

Step = Callable[[], Awaitable[None]]
Entries = list[tuple[bytes, dict[bytes, bytes]]]


class Listener:
    """Any number of these share the work; killing one loses nothing."""

    def __init__(self, redis: Redis, process_id: str) -> None:
        self._redis = redis
        self._process_id = process_id
        self._settlement = Settlement(redis)
        self._books = Books(redis, process_id)
        self._closing = Closing(redis)
        self._took_at = time.time()

    async def run(self) -> None:
        """Serve until cancelled, across restarts of Redis."""
        async with asyncio.TaskGroup() as tasks:
            for loop in (self._consume, self._reclaim, self._beat):
                tasks.create_task(self._forever(loop))

    async def leave(self) -> None:
        """Say goodbye; what this listener has not settled is claimed by another."""
        await self._redis.hdel(workers_key(LISTENER), self._process_id)

    async def _forever(self, step: Step) -> None:
        while True:
            try:
                await step()
            except (RedisError, OSError) as error:
                log.warning("Redis does not answer, trying again: %s", error)
                await asyncio.sleep(0.5)

    async def _consume(self) -> None:
        try:
            answer = await self._redis.xreadgroup(
                RESULTS_GROUP, self._process_id, {RESULTS_STREAM: ">"}, READ_COUNT, BLOCK_MS
            )
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            await self._make_group()
            return
        self._took_at = time.time()
        for _stream, entries in cast(list[tuple[bytes, Entries]], answer or []):
            await self._take_all(entries)

    async def _reclaim(self) -> None:
        await asyncio.sleep(CLAIM_IDLE_MS / 1000)
        try:
            answer = await self._redis.xautoclaim(
                RESULTS_STREAM, RESULTS_GROUP, self._process_id, CLAIM_IDLE_MS, count=READ_COUNT
            )
        except ResponseError:  # no group yet: then there is nothing to claim either
            return
        if entries := cast(Entries, cast(list[object], answer)[1]):
            log.info("took over %d results that another listener left", len(entries))
            await self._take_all(entries)

    async def _beat(self) -> None:
        beat = Heartbeat(process_id=self._process_id, at=time.time(), consumed_at=self._took_at)
        await self._redis.hset(workers_key(LISTENER), self._process_id, beat.model_dump_json())
        await self._closing.expire()
        await self._books.tell()
        await asyncio.sleep(BEAT_S)

    async def _make_group(self) -> None:
        try:
            await self._redis.xgroup_create(RESULTS_STREAM, RESULTS_GROUP, "0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _take_all(self, entries: Entries) -> None:
        for entry_id, fields in entries:
            try:
                await self._take(fields)
            except (RedisError, OSError):
                raise
            except Exception:  # taking it again and again would help nobody
                log.exception("a result that can't be read or settled is dropped: %.500r", fields)
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.xack(RESULTS_STREAM, RESULTS_GROUP, entry_id)
                pipe.xdel(RESULTS_STREAM, entry_id)
                await pipe.execute()

    async def _take(self, fields: dict[bytes, bytes]) -> None:
        result = parse_result(fields[b"result"])
        if isinstance(result, Closed):
            await self._closing.close(result)
        else:
            await self._settle(result)

    async def _settle(self, outcome: Outcome) -> None:
        job = outcome.job
        with log_context(session_id=job.session_id, utterance_id=job.utterance_id):
            events = events_of(outcome)
            settled = await self._settlement.settle(
                job.session_id,
                job.utterance_id,
                events,
                heard_at(outcome),
                tally_of(outcome, events),
            )
            if not settled.fresh:
                log.info("a result came twice, or for a session that is no more: dropped")
                await self._books.note_double()
                return
            if settled.dropped:
                log.warning(
                    "a correction of segments that the client does not know is dropped: %s",
                    ", ".join(settled.dropped),
                )
            if isinstance(job, AudioJob):
                await self._redis.unlink(job.audio_key)
            await self._books.note(outcome, events)
