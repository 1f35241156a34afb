"""How a connection ends whose client takes nothing any more."""

from typing import Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

GOODBYE_S: Final = 5.0
"""How long a client may take over the last bytes and its part of the goodbye."""


class AbortingProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, but it never waits long for a client that doesn't read.

    Closing a transport first sends what it still holds, which to such a client takes for ever;
    memory and a file descriptor would wait with it.
    """

    async def run_asgi(self) -> None:
        """Run the app, then drop the connection: at once if there is no getting through."""
        await super().run_asgi()
        if self.writable.is_set():
            self.loop.call_later(GOODBYE_S, self.transport.abort)
        else:
            self.transport.abort()
