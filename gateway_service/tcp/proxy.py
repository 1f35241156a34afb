"""The PROXY header that a proxy puts before a connection (HAProxy, PROXY protocol, 1 and 2).

It stands in clear before anything else, TLS included. So it is read from the socket itself, and
never a byte more of it: what follows is for whoever gets the socket next.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from contract.errors import InvalidPacketError

_V1: Final = b"PROXY "
_V1_BYTES: Final = 107
"""The longest header of version 1, its line end included."""

_V2: Final = b"\r\n\r\n\0\r\nQUIT\n"
_V2_BYTES: Final = 1024
"""No header of version 2 that makes sense is longer."""

_LOCAL, _PROXY = 0, 1
_ADDRESSES: Final = {1: IPv4Address, 2: IPv6Address}
"""By the family in a header of version 2, which has two of them, then two ports."""
_WITHOUT_ADDRESS: Final = (0, 3)
"""Families without an address that could be told: unspecified, and Unix sockets."""


async def read_proxy_header(sock: socket.socket) -> str | None:
    """The address and port of the client that the proxy names; None where it names none.

    Reads the header and no more of a non-blocking socket. Raises InvalidPacketError where there
    is none, EOFError where it ends early, OSError.
    """
    begun = await _exactly(sock, len(_V1))
    if begun == _V1:
        return _named_in_line(await _line(sock))
    if _V2.startswith(begun):
        return await _named_in_block(sock, begun)
    raise InvalidPacketError("no PROXY header")


def address_text(host: str, port: int) -> str:
    """An address and a port as one writes them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _line(sock: socket.socket) -> str:
    line = b""
    while not line.endswith(b"\r\n"):
        if len(line) + len(_V1) >= _V1_BYTES:
            raise InvalidPacketError("a PROXY header without an end")
        line += await _exactly(sock, 1)
    return line[:-2].decode("ascii", "replace")


def _named_in_line(line: str) -> str | None:
    try:
        match line.split(" "):
            case ["UNKNOWN", *_]:
                return None
            case ["TCP4", source, _, port, _]:
                return address_text(str(IPv4Address(source)), _port(port))
            case ["TCP6", source, _, port, _]:
                return address_text(str(IPv6Address(source)), _port(port))
    except ValueError as error:
        raise InvalidPacketError(f"PROXY header: {error}") from error
    raise InvalidPacketError("no PROXY header of version 1")


def _port(digits: str) -> int:
    if not (digits.isdecimal() and int(digits) < 2**16):
        raise ValueError(f"port {digits!r}")
    return int(digits)


async def _named_in_block(sock: socket.socket, begun: bytes) -> str | None:
    head = begun + await _exactly(sock, len(_V2) - len(begun) + 4)
    version, command = divmod(head[len(_V2)], 16)
    family = head[len(_V2) + 1] // 16
    length = int.from_bytes(head[-2:], "big")
    if not head.startswith(_V2) or (version, command) not in {(2, _LOCAL), (2, _PROXY)}:
        raise InvalidPacketError("no PROXY header of version 2")
    if length > _V2_BYTES:
        raise InvalidPacketError(f"a PROXY header of {length} bytes")
    block = await _exactly(sock, length)
    if command == _LOCAL or family in _WITHOUT_ADDRESS:
        return None
    if family not in _ADDRESSES:
        raise InvalidPacketError(f"a PROXY header of address family {family}")
    size = 4 if family == 1 else 16
    if length < 2 * size + 4:
        raise InvalidPacketError("a PROXY header without room for its addresses")
    host = _ADDRESSES[family](block[:size])
    return address_text(str(host), int.from_bytes(block[2 * size : 2 * size + 2], "big"))


async def _exactly(sock: socket.socket, size: int) -> bytes:
    loop, data = asyncio.get_running_loop(), b""
    while len(data) < size:
        more = await loop.sock_recv(sock, size - len(data))
        if not more:
            raise EOFError("the connection ends within the PROXY header")
        data += more
    return data
