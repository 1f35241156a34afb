import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.errors import SourceError
from client.feed import PACKET_BYTES, READ_AHEAD, Feed, cut, paced


@given(blocks=st.lists(st.binary(max_size=50)), half=st.integers(1, 20))
def test_cutting_keeps_the_audio(blocks: list[bytes], half: int) -> None:
    whole = b"".join(blocks)
    packets = list(cut(blocks, half * 2))
    assert b"".join(packets) == whole[: len(whole) // 2 * 2]
    assert all(len(packet) == half * 2 for packet in packets[:-1])


class Time:
    """A clock that only sleeping and the test move."""

    now = 100.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def several(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(PACKET_BYTES)


async def test_packets_come_at_the_pace_of_speech() -> None:
    time = Time()
    at = [time.now async for _ in paced(several(4), 1, time.clock, time.sleep)]
    assert at == pytest.approx([100, 100.1, 100.2, 100.3])


async def test_speed_divides_the_pace() -> None:
    time = Time()
    at = [time.now async for _ in paced(several(3), 4, time.clock, time.sleep)]
    assert at == pytest.approx([100, 100.025, 100.05])


async def test_a_delay_is_made_good() -> None:
    time, at = Time(), []
    async for _ in paced(several(5), 1, time.clock, time.sleep):
        at.append(time.now)
        if len(at) == 2:
            time.now += 0.15
    assert at == pytest.approx([100, 100.1, 100.25, 100.3, 100.4])


async def test_speed_zero_never_waits() -> None:
    async def sleep(_: float) -> None:
        raise AssertionError

    time = Time()
    assert [p async for p in paced(several(3), 0, time.clock, sleep)] == [bytes(PACKET_BYTES)] * 3


async def test_a_feed_gives_everything_in_order() -> None:
    packets = [bytes([number, 0]) for number in range(100)]
    assert [packet async for packet in Feed(iter(packets))] == packets


async def test_a_feed_reads_only_so_far_ahead() -> None:
    read = 0
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            if read == READ_AHEAD + 1:
                loop.call_soon_threadsafe(enough.set)
            yield b"\0\0"

    feed = Feed(endless())
    await enough.wait()
    assert read == READ_AHEAD + 1
    await anext(feed)
    feed.stop()
    assert [packet async for packet in feed] == []


async def test_stopping_does_not_wait_for_a_silent_source() -> None:
    never = threading.Event()

    def silent() -> Iterator[bytes]:
        never.wait(60)
        yield b"\0\0"

    feed = Feed(silent())
    waiting = asyncio.create_task(anext(feed, None))
    await asyncio.wait([waiting], timeout=0.01)
    feed.stop()
    assert await waiting is None
    never.set()


async def test_errors_of_the_source_are_raised_where_it_is_read() -> None:
    def broken() -> Iterator[bytes]:
        yield b"\0\0"
        raise SourceError("torn tape")

    feed = Feed(broken())
    assert await anext(feed) == b"\0\0"
    with pytest.raises(SourceError, match="torn tape"):
        await anext(feed)
