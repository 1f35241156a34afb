"""`/ws`: one connection, from the handshake to the close code."""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from redis.exceptions import RedisError

from contract.audio import BYTES_PER_SAMPLE
from contract.client_messages import parse_client_message
from contract.errors import (
    OverloadedError,
    ServerTooBusyError,
    SessionGoneError,
    SessionTakenOverError,
    SoriError,
    UnauthorizedError,
)
from contract.events import Error, SessionResumed
from gateway_service.auth import check_access
from gateway_service.conversation import attached, converse, first_cause
from gateway_service.delivery.outbox import Outbox
from gateway_service.session.record import SessionRecord, Settings, State
from gateway_service.session.services import Services
from gateway_service.session.session import Session

log = logging.getLogger(__name__)

router = APIRouter()

DONE: Final = 1000
BAD_FRAME: Final = 1003
POLICY: Final = 1008
FAULT: Final = 1011
BUSY: Final = 1013
UNAUTHORIZED: Final = 4401
GONE: Final = 4404
IDLE: Final = 4408


class Hangup(Exception):  # noqa: N818 (no error: how a conversation ends)
    """The connection ends now, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@router.websocket("/ws")
async def serve(websocket: WebSocket) -> None:
    """A live conversation (docs/protocol.md)."""
    services: Services = websocket.app.state.services
    connections: set[Connection] = websocket.app.state.connections
    await websocket.accept()
    connection = Connection(websocket, services)
    try:
        await check_access(services, websocket)
        if len(connections) >= services.settings.max_sessions:
            raise ServerTooBusyError("the server holds as many sessions as it may; try again")
        connections.add(connection)
        await connection.run()
    except Exception as error:  # the one place where an error becomes a close code
        code, reason = ending(error)
        if code == FAULT:
            log.exception("connection failed")
        if isinstance(error, ServerTooBusyError):
            await connection.say_busy(error)
        await connection.close(code, reason)
    finally:
        connections.discard(connection)


def ending(error: BaseException) -> tuple[int, str]:
    """The close code and reason of an error, looking into groups of one."""
    match error := first_cause(error):
        case Hangup():
            return error.code, error.reason
        case WebSocketDisconnect():
            return DONE, ""
        case UnauthorizedError():
            return UNAUTHORIZED, str(error)
        case SessionGoneError():
            return GONE, "unknown or expired session, or wrong resume token"
        case SessionTakenOverError():
            return POLICY, "the session goes on over another connection"
        case ServerTooBusyError():
            return BUSY, "server full"
        case OverloadedError():
            return FAULT, str(error)
        case RedisError():
            return FAULT, "storage is away, resume later"
        case _:
            return FAULT, "internal error"


class Connection:
    """A receiving loop and a sending one around a session; the first to end ends both."""

    def __init__(self, websocket: WebSocket, services: Services) -> None:
        self._websocket = websocket
        self._services = services
        self._session_id = ""

    @property
    def session_id(self) -> str:
        """The session served here; empty before it is known."""
        return self._session_id

    async def run(self) -> None:
        """Serve until one side has enough; how it ends is raised."""
        query = self._websocket.query_params
        if "session_id" in query:
            after = query.get("last_event_id", "0")
            if not (after.isascii() and after.isdecimal()):
                raise Hangup(POLICY, "last_event_id: not a number")
            record = await self._services.store.take_over(
                query["session_id"], query.get("resume_token", "")
            )
            await self._serve(record, min(int(after), record.last_event_id), token=None)
        else:
            settings = Settings(self._services.defaults)
            record, token = await self._services.store.begin(settings)
            await self._serve(record, 0, token=token)

    async def say_busy(self, error: ServerTooBusyError) -> None:
        """Tell why before closing; there is no session that could keep the event."""
        event = Error(session_id="", code=error.code, message=str(error), retryable=True)
        with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            await self._send(event.model_dump_json(exclude={"event_id"}))

    async def close(self, code: int, reason: str) -> None:
        """Close; a client that is gone already is no matter."""
        with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(1):
                await self._websocket.close(code, reason)

    async def _serve(self, record: SessionRecord, after: int, token: str | None) -> None:
        self._session_id = record.session_id
        async with attached(record, self._services, after) as (session, outbox):
            if token is None:
                await self._say_resumed(record)
                await session.resume()
            else:
                await session.begin(token)
            await converse(session, self._receive(session), self._deliver(session, outbox, record))
        raise Hangup(DONE, "session ended")

    async def _receive(self, session: Session) -> None:
        while True:
            try:
                async with asyncio.timeout(self._services.settings.idle_timeout):
                    frame = await self._websocket.receive()
            except TimeoutError as error:
                if session.owes:
                    continue
                raise Hangup(IDLE, "nothing was sent for too long") from error
            if frame["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(frame["code"])
            try:
                if (text := frame.get("text")) is not None:
                    await session.receive(parse_client_message(text))
                else:
                    await session.hear(_checked_audio(frame["bytes"]))
            except (SessionGoneError, SessionTakenOverError, OverloadedError):
                raise
            except SoriError as error:
                await session.refuse(error)

    async def _deliver(self, session: Session, outbox: Outbox, record: SessionRecord) -> None:
        if record.state is State.ENDED and outbox.sent >= record.last_event_id:
            return
        try:
            await outbox.deliver(self._send, session.caught_up)
        except TimeoutError as error:
            patience = self._services.settings.send_timeout
            await session.warn_slow(patience)
            raise Hangup(POLICY, f"slow: nothing was read for {patience:.0f} s; resume") from error

    async def _send(self, text: str) -> None:
        async with asyncio.timeout(self._services.settings.send_timeout):
            await self._websocket.send_text(text)

    async def _say_resumed(self, record: SessionRecord) -> None:
        event = SessionResumed(
            session_id=record.session_id,
            samples_received=record.checkpoint.sample,
            state=record.state.value,
        )
        await self._send(event.model_dump_json(exclude={"event_id"}))


def _checked_audio(data: bytes) -> bytes:
    if len(data) % BYTES_PER_SAMPLE:
        raise Hangup(BAD_FRAME, "audio: an odd number of bytes")
    return data
