"""One WebSocket connection to `/ws`: frames out and in, errors that say whether to come back."""

import asyncio
from pathlib import Path
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
)

from client.address import shown
from client.endings import closed, refused
from client.errors import NotSoriError, ServerUnreachableError
from client.trust import trusting
from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from contract.client_messages import ClientMessage

OPEN_TIMEOUT_S: Final = 10
CLOSE_TIMEOUT_S: Final = 2
PING_INTERVAL_S: Final = 10
PING_TIMEOUT_S: Final = 20

MARK_BYTES: Final = 5 * SAMPLE_RATE * BYTES_PER_SAMPLE
"""A ping goes out after each 5 s of audio, and no more audio before the previous one's pong.

Socket buffers hold minutes of speech. With this, at most 10 s are under way, so that what may have
to be sent again after a cut is still kept.
"""

_ABNORMAL: Final = 1006


class LinkClosed(Exception):  # noqa: N818 (no error: whoever receives learns how it ended)
    """Nothing can be sent over this connection any more."""


class Link:
    """An open connection. One sender at a time, one receiver."""

    def __init__(self, websocket: ClientConnection) -> None:
        self._websocket = websocket
        self._unmarked = 0
        self._mark: asyncio.Future[float] | None = None

    @classmethod
    async def open(cls, url: str, api_key: str | None, ca: Path | None = None) -> "Link":
        """Connect, trusting `ca` as client.trust does.

        Raises ServerUnreachableError, or a final error where trying again is vain.
        """
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        try:
            websocket = await connect(
                url,
                ssl=trusting(ca) if url.startswith("wss:") else None,
                additional_headers=headers,
                compression=None,
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                ping_interval=PING_INTERVAL_S,
                ping_timeout=PING_TIMEOUT_S,
            )
        except InvalidStatus as error:
            raise refused(error.response.status_code, shown(url)) from error
        except (InvalidURI, InvalidHandshake) as error:
            raise NotSoriError(f"{shown(url)} is no Sori WebSocket: {error}") from error
        except (OSError, EOFError) as error:
            raise ServerUnreachableError(f"{shown(url)} can't be reached: {_why(error)}") from error
        return cls(websocket)

    async def send(self, item: ClientMessage | bytes) -> None:
        """Send a message or a packet of audio, waiting while the server is behind.

        Raises LinkClosed. Cancelled, it leaves the connection unusable: half a frame may be out.
        """
        try:
            if isinstance(item, bytes):
                await self._send_audio(item)
            else:
                await self._websocket.send(item.model_dump_json(exclude_none=True))
        except ConnectionClosed as error:
            raise LinkClosed from error
        except asyncio.CancelledError:
            self.abort()
            raise

    async def receive(self) -> str:
        """The next text frame; at the end raises the error that the close code stands for."""
        try:
            frame = await self._websocket.recv()
        except ConnectionClosed as error:
            code, reason = _ABNORMAL, "cut"
            if error.rcvd is not None:
                code, reason = error.rcvd.code, error.rcvd.reason
            elif error.sent is not None:
                reason = error.sent.reason or reason
            raise closed(code, reason) from error
        if isinstance(frame, bytes):
            raise NotSoriError("the server sent a binary frame")
        return frame

    async def close(self) -> None:
        """Say goodbye to the server; whether it answers is no matter."""
        await self._websocket.close()

    def abort(self) -> None:
        """Cut the connection."""
        self._websocket.transport.abort()

    async def _send_audio(self, pcm: bytes) -> None:
        if self._unmarked >= MARK_BYTES:
            if self._mark is not None:
                await asyncio.wait([self._mark])
            self._mark = asyncio.ensure_future(await self._websocket.ping())
            self._unmarked = 0
        await self._websocket.send(pcm)
        self._unmarked += len(pcm)


def _why(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError):
        return f"no answer within {OPEN_TIMEOUT_S} s"
    return str(error) or type(error).__name__
