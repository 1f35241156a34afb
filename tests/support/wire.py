"""The live protocol spoken by hand: what a client that knows nothing but the protocol does."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.sounds import RATE

Event = dict[str, Any]

PATIENCE_S = 30.0


class Wire:
    """One connection; `events` holds all that came over it, in order."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.events: list[Event] = []
        self._news = asyncio.Condition()
        self._closed = False
        self._reader = asyncio.create_task(self._read())

    @staticmethod
    async def first_event(connection: ClientConnection) -> Event:
        """The first event over a connection that nobody else reads from."""
        event: Event = json.loads(await connection.recv())
        return event

    async def say(self, kind: str, **fields: object) -> None:
        await self.connection.send(json.dumps({"type": kind, **fields}))

    async def audio(self, pcm: bytes, packet: int = 32_000, speed: float = 0) -> None:
        """Send audio at `speed` times real time; 0 = as fast as the server takes it."""
        began = time.monotonic()
        for offset in range(0, len(pcm), packet):
            if speed:
                due = began + offset / 2 / RATE / speed
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self.connection.send(pcm[offset : offset + packet])

    async def until(self, kind: str, count: int = 1, patience: float = PATIENCE_S) -> Event:
        """The `count`th event of a kind, as soon as it is there."""
        return (await self.until_all(lambda event: event["type"] == kind, count, patience))[-1]

    async def until_all(
        self, wanted: Callable[[Event], bool], count: int, patience: float = PATIENCE_S
    ) -> list[Event]:
        """The first `count` events that are wanted."""
        try:
            async with asyncio.timeout(patience), self._news:
                await self._news.wait_for(
                    lambda: len([*filter(wanted, self.events)]) >= count or self._closed
                )
        except TimeoutError:
            pass
        found = [*filter(wanted, self.events)][:count]
        seen = [event["type"] for event in self.events]
        end = f"closed with {self.connection.close_code}" if self._closed else "still open"
        assert len(found) == count, f"not enough in {patience} s, {end}: {seen[-40:]}"
        return found

    def of(self, kind: str) -> list[Event]:
        """The events of a kind that came so far."""
        return [event for event in self.events if event["type"] == kind]

    async def closed(self, patience: float = PATIENCE_S) -> tuple[int | None, str | None]:
        """The code and reason with which the server closed the connection."""
        try:
            async with asyncio.timeout(patience):
                await self.connection.wait_closed()
        except TimeoutError:
            seen = [event["type"] for event in self.events]
            raise AssertionError(f"still open after {patience} s: {seen[-40:]}") from None
        return self.connection.close_code, self.connection.close_reason

    async def cut(self) -> None:
        """Tear the connection down without a goodbye."""
        self.connection.transport.abort()
        await self.connection.wait_closed()
        await self._reader

    async def _read(self) -> None:
        try:
            async for text in self.connection:
                async with self._news:
                    self.events.append(json.loads(text))
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        async with self._news:
            self._closed = True
            self._news.notify_all()


@asynccontextmanager
async def wire(
    url: str, headers: dict[str, str] | None = None, **query: object
) -> AsyncIterator[Wire]:
    """A connection to `/ws` of the gateway at `url` (http://…)."""
    address = url.replace("http", "ws", 1) + "/ws"
    if query:
        address += "?" + urlencode(query)
    async with connect(address, max_size=None, additional_headers=headers) as connection:
        yield Wire(connection)


def texts(events: list[Event]) -> list[str]:
    """What was transcribed, in the order in which it came."""
    return [event["text"] for event in events if event["type"] == "transcription"]
