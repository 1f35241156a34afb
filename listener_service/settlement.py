"""Settling an utterance: dropping doubles, keeping order, counting, all in one step in Redis."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from redis.asyncio import Redis

from contract.event_log import APPEND_FUNCTION, encode
from contract.events import Event
from contract.history import DAY_TTL_S, today_key
from contract.names import (
    TOTALS,
    Channel,
    counts_key,
    early_key,
    events_key,
    latencies_key,
    ledger_key,
    session_channel,
    session_key,
    told_key,
    turns_key,
)
from contract.work import CORRECTABLE_UTTERANCES


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of settling."""

    fresh: bool
    """False: the utterance was settled before, or its session is gone."""
    released: int = 0
    """Events that became visible by it, those of later utterances included."""
    dropped: tuple[str, ...] = ()
    """Segments of a correction that the client was never told of, or too long ago."""


class Settlement:
    """Two listeners may settle at once, or one the same result twice: Redis decides alone."""

    def __init__(self, redis: Redis) -> None:
        script = files("listener_service").joinpath("settle.lua").read_text()
        self._settle = redis.register_script(APPEND_FUNCTION + script)

    async def settle(
        self,
        session_id: str,
        utterance_id: int,
        events: Sequence[Event],
        heard_at: float,
        tally: Mapping[str, int] | None = None,
    ) -> Settled:
        """Answer utterance `utterance_id` with these events; none means that there was nothing.

        A `speaker_updated` among them moves the counts of its segments to their new speaker; it
        tells only of segments that change by it, and is left out where there are none.
        `heard_at`: when its last voiced sample arrived, seconds since the epoch. `tally` is added
        to the numbers of all sessions and of today.
        """
        keys = [
            session_key(session_id),
            events_key(session_id),
            session_channel(session_id),
            ledger_key(session_id),
            early_key(session_id),
            counts_key(session_id),
            latencies_key(session_id),
            told_key(session_id),
            turns_key(session_id),
            TOTALS,
            today_key(),
        ]
        args: list[str | int | float] = [
            utterance_id,
            json.dumps([encode(event) for event in events]),
            heard_at,
            time.time(),
            Channel.RESULTS.value,
            CORRECTABLE_UTTERANCES,
            json.dumps(tally or {}),
            DAY_TTL_S,
        ]
        answer = await self._settle(keys=keys, args=args)
        if isinstance(answer, bytes):
            return Settled(fresh=False)
        released, dropped = answer
        return Settled(True, released, tuple(segment_id.decode() for segment_id in dropped))
