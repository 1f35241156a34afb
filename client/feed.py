"""Audio in even packets, read in the background, at the pace it was spoken."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final

from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE

PACKET_S: Final = 0.1
PACKET_BYTES: Final = round(PACKET_S * SAMPLE_RATE) * BYTES_PER_SAMPLE

READ_AHEAD: Final = 20
"""Packets read before they are wanted."""


def cut(blocks: Iterable[bytes], size: int = PACKET_BYTES) -> Iterator[bytes]:
    """The same audio in packets of `size` bytes; the last one is shorter, and even as well."""
    waiting = bytearray()
    for block in blocks:
        waiting += block
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if len(waiting) >= BYTES_PER_SAMPLE:
        yield bytes(waiting[: len(waiting) - len(waiting) % BYTES_PER_SAMPLE])


async def paced(
    packets: AsyncIterator[bytes],
    speed: float,
    clock: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[bytes]:
    """Let packets through at `speed` times the pace of speech; 0 = as they come.

    Every packet is due at a time counted from the first one, so that delays don't add up: after
    one the pace is faster until it is made good, as with a microphone whose audio was held up.
    """
    start, sent = clock(), 0
    async for packet in packets:
        if speed > 0:
            if sent == 0:
                start = clock()
            ahead = start + sent / (SAMPLE_RATE * speed) - clock()
            if ahead > 0:
                await sleep(ahead)
        yield packet
        sent += len(packet) // BYTES_PER_SAMPLE


class Feed:
    """Packets from a blocking source, read by a thread of its own; iterate once.

    The thread is a daemon: standard input that never says another word does not hold up the exit.
    """

    def __init__(self, packets: Iterator[bytes]) -> None:
        self._packets = packets
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self._room = threading.Semaphore(READ_AHEAD)
        self._stopped = False
        threading.Thread(target=self._read, name="audio", daemon=True).start()

    def stop(self) -> None:
        """End the iteration now, whatever the source still has."""
        self._stopped = True
        self._room.release()
        self._ready.put_nowait(None)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        item = None if self._stopped else await self._ready.get()
        if item is None or self._stopped:
            raise StopAsyncIteration
        if isinstance(item, Exception):
            raise item
        self._room.release()
        return item

    def _read(self) -> None:
        end: Exception | None = None
        try:
            for packet in self._packets:
                self._room.acquire()
                if self._stopped:
                    break
                self._hand_over(packet)
        except Exception as error:
            end = error
        self._hand_over(end)

    def _hand_over(self, item: bytes | Exception | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody wants it any more
            self._loop.call_soon_threadsafe(self._ready.put_nowait, item)
