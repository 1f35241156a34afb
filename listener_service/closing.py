"""Closing a session's books: once, whether its client said goodbye or never came back."""

import json
import logging
import time
from typing import Final, cast

from redis.asyncio import Redis

from contract.history import SESSIONS, add_to_day
from contract.names import (
    ACTIVE_SESSIONS,
    RESULTS_STREAM,
    Channel,
    session_key,
    session_keys,
)
from contract.statistics import read_session_stats
from contract.work import Closed, result_entry

log = logging.getLogger(__name__)

EXPIRED_AFTER_S: Final = 660
"""A session that no gateway touched for this long is over: ten minutes to come back, and the time
between two touches."""

EXPIRED: Final = "expired"


class Closing:
    """Publishes final statistics and clears away abandoned sessions."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def close(self, closed: Closed) -> None:
        """Publish a session's final statistics, unless that was done before."""
        session_id = closed.session_id
        if closed.reason == EXPIRED and await self._redis.zscore(ACTIVE_SESSIONS, session_id):
            return  # its client came back at the last moment
        known = await self._redis.exists(session_key(session_id))
        if known and await self._redis.hsetnx(session_key(session_id), "closed", "1"):
            stats = await read_session_stats(self._redis, session_id)
            text = json.dumps(
                {"session_id": session_id, "reason": closed.reason, **stats.model_dump()},
                ensure_ascii=False,
            )
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.publish(Channel.FINAL_STATS.value, text)
                add_to_day(pipe, {SESSIONS: 1})
                await pipe.execute()
        if closed.reason == EXPIRED:
            await self._redis.delete(*session_keys(session_id))

    async def expire(self) -> None:
        """Close the sessions whose clients never came back."""
        before = time.time() - EXPIRED_AFTER_S
        entries = await self._redis.zrangebyscore(ACTIVE_SESSIONS, "-inf", before)
        for session_id in (entry.decode() for entry in cast(list[bytes], entries)):
            if await self._redis.zrem(ACTIVE_SESSIONS, session_id):
                log.info("session %s expired", session_id)
                closed = Closed(session_id=session_id, reason=EXPIRED)
                await self._redis.xadd(RESULTS_STREAM, result_entry(closed))
