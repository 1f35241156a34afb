"""Three STT workers and two gateways: the work spreads, and nothing that stops costs a word."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from client import Session
from contract.events import ServerEvent, SessionEnded, SessionResumed, Transcription
from tests.compose.deployment import INSTANT, Deployment
from tests.compose.engine import run
from tests.support.sounds import silence, syllables, to_pcm

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]

PACKET = 3200
"""Bytes: 0.1 s."""

SERVICES = [
    "redis",
    "listener",
    "stt_worker",
    "diarization_worker",
    "analyzer_worker",
    "media_worker",
    "gateway",
    "tcp",
    "nginx",
]


def sentence(number: int) -> bytes:
    """3 s, of which 2 s are speech; no two alike."""
    return to_pcm(np.concatenate([syllables(2, number), silence(1)]))


class Talk:
    """Somebody who talks without end, and hears every answer."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sent = bytearray()
        self.events: list[ServerEvent] = []
        self._enough = asyncio.Event()
        self._news = asyncio.Condition()

    async def speak(self) -> None:
        """At the pace of speech, until told that it is enough; then the goodbye."""
        await self.session.start_transcription(interim=False)
        loop = asyncio.get_running_loop()
        begun, spoken = loop.time(), 0.0
        for number in itertools.count():
            pcm = sentence(number)
            for at in range(0, len(pcm), PACKET):
                packet = pcm[at : at + PACKET]
                await asyncio.sleep(max(0.0, begun + spoken - loop.time()))
                await self.session.send_audio(packet)
                self.sent += packet
                spoken += len(packet) / 32_000
            if self._enough.is_set():
                break
        await self.session.stop_transcription()
        await self.session.close()

    async def listen(self) -> None:
        async for event in self.session:
            async with self._news:
                self.events.append(event)
                self._news.notify_all()

    def stop(self) -> None:
        self._enough.set()

    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Transcription)]

    async def answers(self, more: int = 1) -> None:
        """Wait for some more text."""
        goal = len(self.texts()) + more
        async with asyncio.timeout(90), self._news:
            await self._news.wait_for(lambda: len(self.texts()) >= goal)


@asynccontextmanager
async def talking(deployment: Deployment) -> AsyncIterator[Talk]:
    """Somebody talks during the block, and has said goodbye and heard all after it."""
    async with Session.connect(deployment.url, ca=deployment.ca) as session:
        talk = Talk(session)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(talk.listen())
            tasks.create_task(talk.speak())
            await talk.answers()
            yield talk
            talk.stop()


async def undisturbed(deployment: Deployment, pcm: bytes) -> list[str]:
    """The texts of the same audio in a session that nothing happens to."""
    async with Session.connect(deployment.url, ca=deployment.ca) as session:

        async def speak() -> None:
            await session.start_transcription(interim=False)
            await session.send_audio(pcm)
            await session.close()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(speak())
            return [event.text async for event in session if isinstance(event, Transcription)]


async def check(deployment: Deployment, talk: Talk) -> None:
    """Everything that was said came back, once, in order, up to the goodbye."""
    numbers = [event.event_id for event in talk.events if event.event_id is not None]
    assert numbers == list(range(1, len(numbers) + 1))
    assert isinstance(talk.events[-1], SessionEnded)
    assert len(talk.texts()) == len(talk.sent) // len(sentence(0))
    assert talk.texts() == await undisturbed(deployment, bytes(talk.sent))


@pytest.fixture(scope="module")
def many(deployment: Deployment) -> Deployment:
    deployment.up("--scale", "stt_worker=3", "--scale", "gateway=2", **INSTANT)
    return deployment


async def test_work_spreads_over_all_workers(many: Deployment) -> None:
    assert len(many.compose.containers("stt_worker")) == 3
    pcm = b"".join(sentence(number) for number in range(12))
    async with asyncio.TaskGroup() as tasks:
        for _ in range(3):
            tasks.create_task(undisturbed(many, pcm))
    hosts = {container["Config"]["Hostname"] for container in many.compose.containers("stt_worker")}

    def all_took_some() -> bool:
        taken = many.tasks_by_worker("stt")
        return {worker.split("-")[0] for worker, tasks in taken.items() if tasks} == hosts

    await asyncio.to_thread(many.eventually, all_took_some)  # heartbeats tell it


async def test_a_stopped_gateway_hands_its_sessions_to_the_other(many: Deployment) -> None:
    async with talking(many) as talk:
        for gateway in many.compose.containers("gateway"):
            await asyncio.to_thread(run, "docker", "stop", gateway["Id"])
            await talk.answers(2)
            await asyncio.to_thread(run, "docker", "start", gateway["Id"])
            await asyncio.to_thread(many.wait_healthy)
    assert any(isinstance(event, SessionResumed) for event in talk.events)
    await check(many, talk)


async def test_restarting_each_service_in_turn_costs_no_word(many: Deployment) -> None:
    async with talking(many) as talk:
        for service in SERVICES:
            await asyncio.to_thread(many.again, "restart", service)
            await talk.answers(2)
    await asyncio.to_thread(many.wait_healthy)
    await check(many, talk)


async def test_stopping_everything_is_clean_and_sessions_outlive_it(many: Deployment) -> None:
    async with talking(many) as talk:
        await asyncio.to_thread(many.again, "stop")
        codes = {c["Name"]: c["State"]["ExitCode"] for c in many.compose.containers()}
        assert set(codes.values()) == {0}, codes
        await asyncio.to_thread(many.again, "start")
        await talk.answers(2)
    await asyncio.to_thread(many.wait_healthy)
    await check(many, talk)
