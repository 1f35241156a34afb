"""`python -m gateway_service`: serve until told to stop."""

import signal
import socket
import sys
from typing import Final

import uvicorn

from contract.audio import MAX_PACKET_BYTES
from contract.logs import configure_logging
from gateway_service.app import create_app
from gateway_service.settings import GatewaySettings
from gateway_service.teardown import AbortingProtocol

SEND_BUFFER_BYTES: Final = 32 * 1024
"""The kernel holds no more for a client that doesn't read: then the gateway notices."""

GIVE_UP_MS: Final = 60_000
"""A connection whose other end takes nothing for this long is torn down by the kernel."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections inherit the bounds above."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GIVE_UP_MS)
    sock.bind((host, port))
    sock.listen(1024)
    return sock


def main() -> None:
    """Serve on GATEWAY_HOST:GATEWAY_PORT; SIGTERM sends clients to another gateway (1012)."""
    # uvicorn, once it has shut down, raises the signal again: being told to stop is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    settings = GatewaySettings()
    configure_logging("gateway", settings.log_level, settings.log_format)
    config = uvicorn.Config(
        create_app(settings),
        log_config=None,
        # uvicorn's own lines show query strings, and those hold tokens.
        log_level="warning",
        access_log=False,
        ws=AbortingProtocol,
        ws_max_size=MAX_PACKET_BYTES,
        ws_ping_interval=20,
        # A dead client is noticed by the kernel (GIVE_UP_MS); one that is held up can't answer.
        ws_ping_timeout=None,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=5,
    )
    try:
        sock = listen(settings.gateway_host, settings.gateway_port)
    except OSError as error:
        sys.exit(f"gateway: {settings.gateway_host}:{settings.gateway_port}: {error.strerror}")
    uvicorn.Server(config).run(sockets=[sock])


if __name__ == "__main__":
    main()
