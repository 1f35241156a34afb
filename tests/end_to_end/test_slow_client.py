"""A client that stops reading hurts only itself."""

import asyncio
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from local_stack.services import GATEWAY, SERVICES
from local_stack.stack import Stack
from tests.support.processes import resident_bytes
from tests.support.sounds import silence, syllables, to_pcm
from tests.support.wire import Wire, texts, wire

MEGABYTE = 2**20


@pytest.fixture(scope="module")
def impatient(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A gateway on the same Redis that waits for a reader for one second."""
    settings = {"REDIS_URL": stack.redis_url, "SEND_TIMEOUT": "1"}
    gateway = [service for service in SERVICES if service.name == GATEWAY]
    with Stack(tmp_path_factory.mktemp("impatient"), settings, services=gateway) as running:
        running.wait_ready(timeout_s=30)
        yield running


def narrow_connection(host: str, port: int) -> socket.socket:
    """A connection that holds little of what isn't read.

    The buffer is set before connecting: a window that shrinks once it has been offered makes the
    kernels on both sides drop each other's packets, and wait for minutes.
    """
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    narrow.connect((host, port))
    return narrow


async def test_a_client_that_stops_reading_is_told_and_closed(impatient: Stack) -> None:
    pcm = to_pcm(np.concatenate([syllables(9.2), silence(0.8)]))
    address = urlsplit(impatient.url())
    narrow = narrow_connection(address.hostname or "", address.port or 0)
    async with (
        wire(impatient.url()) as first,
        wire(impatient.url()) as second,
        wire(impatient.url()) as third,
        wire(impatient.url()) as fourth,
        connect(f"ws://{address.netloc}/ws", sock=narrow, max_queue=1, close_timeout=1) as slow,
    ):
        others = [first, second, third, fourth]
        started = await Wire.first_event(slow)
        before = resident_bytes(impatient.pid(GATEWAY))
        for live in others:
            await live.say("start_transcription")
        await slow.send('{"type": "start_transcription"}')

        async def flood() -> None:
            while True:
                for offset in range(0, len(pcm), 64_000):
                    await slow.send(pcm[offset : offset + 64_000])

        flooding = asyncio.create_task(flood())
        for round_number in range(3):
            for live in others:
                await live.audio(pcm)
            for live in others:
                await live.until("transcription", 1 + round_number)
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(flooding, 60)
        grown = resident_bytes(impatient.pid(GATEWAY)) - before

    assert slow.close_code in {1006, 1008}  # whether the goodbye got through the full pipe
    assert all(len(texts(live.events)) == 3 for live in others)
    assert grown < 64 * MEGABYTE

    query = {name: started[name] for name in ("session_id", "resume_token")}
    async with wire(impatient.url(), **query, last_event_id=1) as again:
        await again.until_all(lambda event: event.get("code") == "SLOW_CLIENT", 1)
        ids = [event["event_id"] for event in again.events if "event_id" in event]
        assert ids == list(range(2, 2 + len(ids)))
