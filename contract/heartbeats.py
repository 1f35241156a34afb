"""Who is alive, told by each process itself through Redis."""

import time
from collections.abc import Mapping

from pydantic import ValidationError

from contract.model import Message
from contract.values import EngineInfo

STALE_AFTER_S = 4.0
"""A process silent for longer counts as dead. Heartbeats come every second."""

STUCK_AFTER_S = 120.0
"""A worker that beats but took no task for this long, although it is sent some, is stuck."""


class Heartbeat(Message):
    """One process's word that it is alive and what it runs."""

    process_id: str
    at: float
    """Seconds since the epoch."""
    consumed_at: float
    """When it last took a task off a queue: a worker whose consumer is stuck still beats."""
    began_at: float = 0.0
    """When it was ready to take tasks, seconds since the epoch."""
    tasks: int = 0
    """Tasks that it took, its own pulse aside."""
    live_at: float = 0.0
    """When live speech last came in, seconds since the epoch."""
    engine: EngineInfo | None = None
    languages: list[str] | None = None
    """ISO 639-1 codes the engine can do; null = any."""
    note: str = ""
    """Why this engine was chosen, for people."""
    advice: str = ""
    """How to get the languages that this engine can't do."""
    users: int = 0
    """Served over TCP at this moment."""
    channels: int = 0
    """Users that may be served over TCP at once."""

    def alive(self, now: float) -> bool:
        """Whether the process was there, and working, a moment ago."""
        return now - self.at < STALE_AFTER_S and now - self.consumed_at < STUCK_AFTER_S


def living(entries: Mapping[bytes, bytes], now: float | None = None) -> list[Heartbeat]:
    """The heartbeats of the processes alive, out of a hash at `contract.names.workers_key`."""
    moment = time.time() if now is None else now
    beats = []
    for data in entries.values():
        try:
            beat = Heartbeat.model_validate_json(data)
        except ValidationError:  # another version's heartbeat says nothing to this one
            continue
        if beat.alive(moment):
            beats.append(beat)
    return beats
