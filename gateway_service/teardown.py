"""How a connection ends whose client takes nothing any more."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class AbortingProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, but it never waits for a client that doesn't read.

    Closing a transport first sends what it still holds, which to such a client takes for ever;
    memory and a file descriptor would wait with it.
    """

    async def run_asgi(self) -> None:
        """Run the app, then drop the connection at once if there is no getting through."""
        await super().run_asgi()
        if not self.writable.is_set():
            self.transport.abort()
