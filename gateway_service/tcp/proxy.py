"""The PROXY header that a proxy puts before a connection (HAProxy, PROXY protocol, 1 and 2)."""

import asyncio
from typing import Final

from contract.errors import InvalidPacketError

_V1: Final = b"PROXY "
_V1_BYTES: Final = 107
"""The longest header of version 1, its line end included."""

_V2: Final = b"\r\n\r\n\0\r\nQUIT\n"
_V2_BYTES: Final = 1024
"""No header of version 2 that makes sense is longer."""


async def skip_proxy_header(reader: asyncio.StreamReader) -> None:
    """Read the header away; raises InvalidPacketError where there is none."""
    begun = await reader.readexactly(len(_V1))
    if begun == _V1:
        await _skip_line(reader)
    elif _V2.startswith(begun):
        await _skip_block(reader, begun)
    else:
        raise InvalidPacketError("no PROXY header")


async def _skip_line(reader: asyncio.StreamReader) -> None:
    line = bytearray()
    while not line.endswith(b"\r\n"):
        if len(line) + len(_V1) >= _V1_BYTES:
            raise InvalidPacketError("a PROXY header without an end")
        line += await reader.readexactly(1)


async def _skip_block(reader: asyncio.StreamReader, begun: bytes) -> None:
    head = begun + await reader.readexactly(len(_V2) - len(begun) + 4)
    length = int.from_bytes(head[-2:], "big")
    if not head.startswith(_V2) or head[len(_V2)] >> 4 != 2 or length > _V2_BYTES:
        raise InvalidPacketError("no PROXY header of version 2")
    await reader.readexactly(length)
