"""Settling an utterance: dropping doubles, keeping order, counting, all in one step in Redis."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from redis.asyncio import Redis

from contract.event_log import APPEND_FUNCTION, encode
from contract.events import Event
from contract.names import (
    Channel,
    counts_key,
    early_key,
    events_key,
    latencies_key,
    ledger_key,
    session_channel,
    session_key,
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of settling."""

    fresh: bool
    """False: the utterance was settled before, or its session is gone."""
    released: int = 0
    """Events that became visible by it, those of later utterances included."""


class Settlement:
    """Two listeners may settle at once, or one the same result twice: Redis decides alone."""

    def __init__(self, redis: Redis) -> None:
        script = files("listener_service").joinpath("settle.lua").read_text()
        self._settle = redis.register_script(APPEND_FUNCTION + script)

    async def settle(
        self, session_id: str, utterance_id: int, events: Sequence[Event], heard_at: float
    ) -> Settled:
        """Answer utterance `utterance_id` with these events; none means that there was nothing.

        `heard_at`: when its last voiced sample arrived, seconds since the epoch.
        """
        keys = [
            session_key(session_id),
            events_key(session_id),
            session_channel(session_id),
            ledger_key(session_id),
            early_key(session_id),
            counts_key(session_id),
            latencies_key(session_id),
        ]
        texts = json.dumps([encode(event) for event in events])
        answer = await self._settle(
            keys=keys,
            args=[utterance_id, texts, heard_at, time.time(), Channel.RESULTS.value],
        )
        if isinstance(answer, bytes):
            return Settled(fresh=False)
        return Settled(fresh=True, released=len(answer))
