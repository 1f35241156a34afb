"""Carries one session over as many connections as it takes."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from client.address import resuming_url
from client.errors import ConnectionLostError, SessionOverError
from client.journal import Journal
from client.link import Link, LinkClosed
from client.reception import Reception
from client.reconnecting import Attempts, Reconnect
from contract.client_messages import ClientMessage, Keepalive
from contract.events import ServerEvent, SessionEnded, SessionResumed, SessionStarted

log = logging.getLogger(__name__)

MAX_UNREAD_EVENTS: Final = 1000
"""Events that wait for the reader. With more nothing is read from the server any more, until it
calls this client slow and hangs up; then, too, nothing is lost."""

WELCOME_TIMEOUT_S: Final = 15
"""How long a server may take to say which session this is."""

KEEPALIVES_PER_TIMEOUT: Final = 3

Outgoing = ClientMessage | bytes


class Carrier:
    """Sends what the journal notes and receives events, resuming after every cut.

    What is to be sent must stand in the journal first: `send` may fail silently, as resuming sends
    again whatever did not arrive.
    """

    def __init__(
        self,
        url: str,
        api_key: str | None,
        reconnect: Reconnect,
        journal: Journal,
        observe: Callable[[ServerEvent], None],
        ca: Path | None = None,
    ) -> None:
        """`observe` is called with each new event as it arrives, before anybody reads it."""
        self._url = url
        self._api_key = api_key
        self._ca = ca
        self._window_s = reconnect.window_s
        self._attempts = Attempts(reconnect)
        self._journal = journal
        self._observe = observe
        self._reception = Reception()
        self._events: asyncio.Queue[ServerEvent | None] = asyncio.Queue(MAX_UNREAD_EVENTS)
        self._link: Link | None = None
        self._begun = asyncio.Event()
        self._changed = asyncio.Event()
        self._started: SessionStarted | None = None
        self._over: Exception | None = None

    @property
    def started(self) -> SessionStarted:
        """The session's first event; raises SessionOverError before it came."""
        if self._started is None:
            raise SessionOverError("the session has not begun")
        return self._started

    @property
    def over(self) -> Exception:
        """What ended the session; SessionOverError after a proper end, or before any."""
        return self._over or SessionOverError("the session has ended")

    async def run(self, link: Link) -> None:
        """Serve the session, from its first connection to its end, or until cancelled."""
        try:
            await self._serve(link)
        except Exception as error:
            self._over = error
        finally:
            self._over = self.over
            self._begun.set()
            self._changed.set()
            if self._events.empty():
                self._events.put_nowait(None)

    async def wait_begun(self) -> None:
        """Wait until the session has begun; raises what kept it from that."""
        await self._begun.wait()
        if self._started is None:
            raise self.over

    async def wait_usable(self) -> None:
        """Wait for a connection to send over; raises what ended the session."""
        while self._link is None and self._over is None:
            await self._changed.wait()
        if self._over is not None:
            raise self._over

    async def send(self, item: Outgoing) -> None:
        """Send at once, without a wait between `wait_usable` and this."""
        link = self._link
        if link is None:
            return
        try:
            await link.send(item)
        except LinkClosed:
            self._unusable(link)

    async def next_event(self) -> ServerEvent:
        """The next event; raises what ended the session, SessionOverError after a proper end."""
        if self._over is None or not self._events.empty():
            event = await self._events.get()
            if event is not None:
                return event
        raise self.over

    async def _serve(self, link: Link) -> None:
        while True:
            try:
                await self._converse(link)
            except ConnectionLostError as error:
                lost = error
            else:
                return
            finally:
                self._unusable(link)
                await link.close()
            if self._started is None:
                raise lost
            link = await self._reconnect(self._started, lost)

    async def _converse(self, link: Link) -> None:
        """Use one connection up to the session's end; raises what ended it before."""
        welcome: asyncio.Future[list[Outgoing]] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.TaskGroup() as tasks:
                upkeep = tasks.create_task(self._keep_up(link, welcome))
                await self._receive(link, welcome)
                upkeep.cancel()
        except ExceptionGroup as group:
            raise group.exceptions[0] from group

    async def _keep_up(self, link: Link, welcome: "asyncio.Future[list[Outgoing]]") -> None:
        """Send what the server lacks, open the way for new things, keep the connection awake."""
        missing = await welcome
        pause = self.started.limits.idle_timeout_s / KEEPALIVES_PER_TIMEOUT
        try:
            for item in missing:
                await link.send(item)
            self._link = link
            self._changed.set()
            while True:
                await asyncio.sleep(pause)
                await link.send(Keepalive())
        except LinkClosed:
            self._unusable(link)

    async def _receive(self, link: Link, welcome: "asyncio.Future[list[Outgoing]]") -> None:
        while True:
            try:
                async with asyncio.timeout(None if welcome.done() else WELCOME_TIMEOUT_S):
                    text = await link.receive()
            except TimeoutError as error:
                raise ConnectionLostError("the server said nothing") from error
            event = self._reception.take(text)
            if event is None:
                continue
            if event.event_id is not None:
                self._attempts.progress()
            if isinstance(event, SessionStarted):
                self._started = event
                self._begun.set()
                welcome.set_result([])
            elif isinstance(event, SessionResumed) and not welcome.done():
                log.info("the connection is back")
                self._attempts.resumed()
                welcome.set_result(self._journal.missing(event))
            self._observe(event)
            await self._events.put(event)
            if isinstance(event, SessionEnded):
                return

    async def _reconnect(self, started: SessionStarted, lost: ConnectionLostError) -> Link:
        log.warning("connection lost, resuming: %s", lost)
        url = resuming_url(
            self._url, started.session_id, started.resume_token, self._reception.last_event_id
        )
        window_s = min(self._window_s, started.limits.resume_window_s)
        while (delay := self._attempts.next_delay(window_s)) is not None:
            await asyncio.sleep(delay)
            try:
                link = await Link.open(url, self._api_key, self._ca)
            except ConnectionLostError as error:
                lost = error
            else:
                return link
        raise ConnectionLostError(f"gave up after {window_s:g} s: {lost}") from lost

    def _unusable(self, link: Link) -> None:
        if self._link is link:
            self._link = None
            self._changed.clear()
