import asyncio
import socket
import struct
from collections.abc import Iterator

import pytest

from contract.errors import InvalidPacketError
from gateway_service.tcp.proxy import read_proxy_header

V2 = b"\r\n\r\n\0\r\nQUIT\n"
NEXT = b"\x16\x03\x01"
"""What follows a header: it is none of ours."""


def v2(version_and_command: int, family: int, block: bytes = b"") -> bytes:
    return V2 + struct.pack("!BBH", version_and_command, family, len(block)) + block


def addresses(family: socket.AddressFamily, source: str, destination: str) -> bytes:
    packed = [socket.inet_pton(family, address) for address in (source, destination)]
    return b"".join(packed) + struct.pack("!HH", 56324, 5000)


IPV4 = addresses(socket.AF_INET, "192.0.2.1", "192.0.2.2")
IPV6 = addresses(socket.AF_INET6, "2001:db8::1", "2001:db8::2")


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The proxy's end of a connection, and ours."""
    theirs, ours = socket.socketpair()
    with theirs, ours:
        ours.setblocking(False)
        yield theirs, ours


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 5000\r\n", "192.0.2.1:56324"),
        (b"PROXY TCP6 2001:db8::1 2001:db8::2 56324 5000\r\n", "[2001:db8::1]:56324"),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", None),
        (v2(0x21, 0x11, IPV4), "192.0.2.1:56324"),
        (v2(0x21, 0x21, IPV6), "[2001:db8::1]:56324"),
        (v2(0x21, 0x11, IPV4 + b"\x04\0\x01\0"), "192.0.2.1:56324"),
        (v2(0x21, 0x00), None),
        (v2(0x21, 0x31, bytes(216)), None),
        (v2(0x20, 0x00), None),
        (v2(0x20, 0x11, IPV4), None),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_the_header_is_read_and_no_more(
    ends: tuple[socket.socket, socket.socket], header: bytes, named: str | None, at_once: bool
) -> None:
    theirs, ours = ends
    reading = asyncio.create_task(read_proxy_header(ours))
    if not at_once:
        for byte in header[:-1]:
            theirs.send(bytes([byte]))
            await asyncio.sleep(0)  # the reader's turn
            assert not reading.done()
        header = header[-1:]
    theirs.send(header + NEXT)
    assert await reading == named
    assert ours.recv(100) == NEXT


@pytest.mark.parametrize(
    "header",
    [
        b"WHISPER_STREAMING_V1.0",
        NEXT + bytes(100),
        b"PROXY " + b"x" * 200,
        b"PROXY TCP4 192.0.2.1 192.0.2.2 56324\r\n",
        b"PROXY TCP4 192.0.2.1  192.0.2.2 56324 5000\r\n",
        b"PROXY TCP4 2001:db8::1 2001:db8::2 56324 5000\r\n",
        b"PROXY TCP6 192.0.2.1 192.0.2.2 56324 5000\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 65536 5000\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 +1 5000\r\n",
        b"PROXY UDP4 192.0.2.1 192.0.2.2 56324 5000\r\n",
        b"PROXY \xff\r\n",
        v2(0x11, 0x11, IPV4),
        v2(0x22, 0x11, IPV4),
        v2(0x21, 0x11, IPV4[:-1]),
        v2(0x21, 0x21, IPV4),
        v2(0x21, 0x41, IPV4),
        V2 + b"\x21\x11\xff\xff",
        V2[:8] + b"QUIX" + b"\x21\x11\0\0",
    ],
)
async def test_what_is_no_header_is_refused(
    ends: tuple[socket.socket, socket.socket], header: bytes
) -> None:
    theirs, ours = ends
    theirs.send(header)
    with pytest.raises(InvalidPacketError):
        await read_proxy_header(ours)


@pytest.mark.parametrize("header", [b"", b"PROXY TCP4 192.", v2(0x21, 0x11, IPV4)[:-1]])
async def test_one_that_is_cut_off_is_none(
    ends: tuple[socket.socket, socket.socket], header: bytes
) -> None:
    theirs, ours = ends
    theirs.send(header)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(EOFError):
        await read_proxy_header(ours)
