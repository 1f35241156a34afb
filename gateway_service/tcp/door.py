"""Lets clients in: past the header of the proxy before us, through TLS, by the magic string."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from contract.errors import InvalidPacketError
from contract.logs import log_context
from contract.packets import MAGIC
from gateway_service.tcp.config import Network
from gateway_service.tcp.proxy import address_text, read_proxy_header

log = logging.getLogger(__name__)

BUFFER_BYTES: Final = 64 * 1024
"""What is read ahead of a client, and what is kept of what it doesn't read."""

AGAIN_S: Final = 1.0
"""Where the system has no room for another connection, it is asked again after this time."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who was let in."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    address: str
    """Its own, as far as it is known: what the proxy says, or the other end of the connection."""


async def accepted(listening: socket.socket) -> AsyncIterator[tuple[socket.socket, str]]:
    """The connections to a listening socket, each as soon as it is there, and who is at its end."""
    loop = asyncio.get_running_loop()
    listening.setblocking(False)
    while True:
        try:
            sock, peer = await loop.sock_accept(listening)
        except ConnectionAbortedError:
            continue
        except OSError as error:
            log.warning("no connection is accepted: %s", error.strerror)
            await asyncio.sleep(AGAIN_S)
            continue
        yield sock, address_text(*peer[:2])
        await asyncio.sleep(0)  # where many wait, those who are there already have their turn


async def let_in(
    sock: socket.socket, peer: str, network: Network, tls: ssl.SSLContext | None
) -> Client | None:
    """Who it is; None, and the connection closed without a byte, where it is no client of ours.

    All of it has the time of `socket_timeout`; who is slow holds up nobody else.
    """
    with log_context(client=peer):
        try:
            async with asyncio.timeout(network.socket_timeout):
                return await _met(sock, peer, network, tls)
        except InvalidPacketError as error:
            log.info("not let in: %s", error)
        except (EOFError, OSError, TimeoutError) as error:  # a broken TLS is an OSError
            log.debug("not let in: %r", error)
    return None


async def _met(
    sock: socket.socket, peer: str, network: Network, tls: ssl.SSLContext | None
) -> Client:
    with ExitStack() as undoing:
        undoing.callback(sock.close)
        named = await read_proxy_header(sock) if network.proxy_protocol else None
        reader, writer = await _streams(sock, tls)
        undoing.pop_all()  # the socket is the transport's now
        undoing.callback(writer.transport.abort)
        for expected in MAGIC:
            if await reader.readexactly(1) != bytes([expected]):
                raise EOFError("another protocol")
        undoing.pop_all()
        return Client(reader, writer, named or peer)


async def _streams(
    sock: socket.socket, tls: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """What of the connection was not read yet, after the TLS handshake where there is one."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=BUFFER_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, sock, ssl=tls)
    transport.set_write_buffer_limits(high=BUFFER_BYTES)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
