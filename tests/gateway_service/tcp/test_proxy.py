import asyncio
import struct

import pytest

from contract.errors import InvalidPacketError
from gateway_service.tcp.proxy import skip_proxy_header

V2 = b"\r\n\r\n\0\r\nQUIT\n"


async def left_after(data: bytes) -> bytes:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    await skip_proxy_header(reader)
    return await reader.read()


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 5000\r\n",
        b"PROXY UNKNOWN\r\n",
        V2 + b"\x21\x11" + struct.pack("!H", 12) + bytes(12),
        V2 + b"\x20\x00" + struct.pack("!H", 0),
    ],
)
async def test_a_header_is_read_away(header: bytes) -> None:
    assert await left_after(header + b"WHISPER") == b"WHISPER"


@pytest.mark.parametrize(
    "header",
    [
        b"WHISPER_STREAMING_V1.0",
        b"PROXY " + b"x" * 200,
        V2 + b"\x11\x11\0\0",
        V2 + b"\x21\x11\xff\xff",
        V2[:8] + b"QUIX" + b"\x21\x11\0\0",
    ],
)
async def test_what_is_no_header_is_refused(header: bytes) -> None:
    with pytest.raises(InvalidPacketError):
        await left_after(header)
