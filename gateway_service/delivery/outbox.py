"""What waits to be sent over one connection.

Durable events wait in Redis, where they are safe: the outbox remembers only how far it has read.
Passing events wait here, at most 64 of them; when there are more the oldest are dropped, as
newer ones say more.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from contract.event_log import EventLog, StoredEvent
from contract.events import Event, Partial

MAX_PASSING: Final = 64

POLL_S: Final = 1.0
"""Redis is asked this often even when nobody wakes the outbox: a wake-up can be lost."""


class Outbox:
    """The events of one session, from a given number on, for one connection."""

    def __init__(self, session_id: str, log: EventLog, sent: int) -> None:
        """Events up to number `sent` are with the client already."""
        self._session_id = session_id
        self._log = log
        self._sent = sent
        self._settled = 0
        self._passing: deque[Event] = deque(maxlen=MAX_PASSING)
        self._wake = asyncio.Event()

    @property
    def sent(self) -> int:
        """Number of the last durable event that was sent."""
        return self._sent

    def push(self, event: Event) -> None:
        """Queue a passing event."""
        self._passing.append(event)
        self._wake.set()

    def wake(self) -> None:
        """There may be something new in the log."""
        self._wake.set()

    async def deliver(
        self, send: Callable[[str], Awaitable[None]], caught_up: Callable[[], Awaitable[None]]
    ) -> None:
        """Send everything as it comes, until the session's last event is sent.

        `caught_up` is called whenever all that was there has been sent.
        """
        while True:
            self._wake.clear()
            await self._send_passing(send)
            while events := await self._log.read_after(self._session_id, self._sent):
                for event in events:
                    text, kind = self._prepare(event)
                    await send(text)
                    self._sent = event.event_id
                    if kind == "session_ended":
                        return
            await caught_up()
            try:
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _send_passing(self, send: Callable[[str], Awaitable[None]]) -> None:
        while self._passing:
            event = self._passing.popleft()
            if isinstance(event, Partial) and event.utterance_id <= self._settled:
                continue
            await send(event.model_dump_json(exclude={"event_id"}))

    def _prepare(self, stored: StoredEvent) -> tuple[str, str]:
        event = json.loads(stored.text)
        if event["type"] == "utterance_failed":
            self._settled = event["utterance_id"]
        if event["type"] != "transcription":
            return stored.text, event["type"]
        self._settled = event["utterance_id"]
        _add_delivery(event)
        return json.dumps(event, ensure_ascii=False), "transcription"


def _add_delivery(event: dict[str, object]) -> None:
    """Let the latency run up to this very moment; `timestamp` is when the speech was heard."""
    heard = datetime.fromisoformat(str(event["timestamp"])).timestamp()
    latency = event["latency_ms"]
    assert isinstance(latency, dict)  # noqa: S101
    total = (time.time() - heard) * 1000
    parts = sum(value for part, value in latency.items() if part not in {"total", "delivery"})
    latency["total"] = round(total, 1)
    latency["delivery"] = round(total - parts, 1)
