"""A job's result at rest: in Redis where it is small, else in the media store."""

import zlib
from typing import Final

LARGEST_IN_REDIS: Final = 512 * 1024
"""Bytes, compressed: the result of about an hour. A larger one goes to the media store."""


def packed(text: str) -> bytes:
    """A result's JSON text as it is kept."""
    return zlib.compress(text.encode(), 6)


def unpacked(data: bytes) -> str:
    """The JSON text again."""
    return zlib.decompress(data).decode()
