"""The one audio format that travels: PCM, signed 16-bit little-endian, mono, 16 kHz."""

from typing import Final

SAMPLE_RATE: Final = 16_000
"""Samples per second."""

BYTES_PER_SAMPLE: Final = 2

MAX_PACKET_BYTES: Final = 64 * 1024
"""The largest binary frame a client may send."""


def samples_to_seconds(samples: int) -> float:
    """Time of a sample position, in seconds rounded to the millisecond."""
    return round(samples / SAMPLE_RATE, 3)
