"""Whatever dies, each utterance gets its one answer."""

import asyncio
import logging
import time
from collections.abc import Iterator

import numpy as np
import pytest

from local_stack.stack import Stack
from tests.support.sounds import silence, syllables, to_pcm
from tests.support.wire import Wire, texts, wire

log = logging.getLogger(__name__)

UTTERANCES = 12
TALK = to_pcm(
    np.concatenate(
        [part for number in range(UTTERANCES) for part in (syllables(1.5, number), silence(0.9))]
    )
)
SLOW = {
    "STT_ENGINE": "tests.support.slow_engines:SlowRecogniser",
    "SPEAKER_ENCODER": "tests.support.slow_engines:SlowEncoder",
    "SENTIMENT_MODEL": "tests.support.slow_engines:SlowAnalyzer",
}


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One of each service, but two gateways: what dies is missed until it is restarted."""
    with Stack(tmp_path_factory.mktemp("single"), SLOW, {"gateway": 2}) as running:
        running.wait_ready(timeout_s=90)
        yield running


async def talk(live: Wire) -> None:
    await live.until("session_started")
    await live.say("start_transcription", interim=False)
    await live.audio(TALK)


async def finish(live: Wire) -> list[str]:
    await live.say("stop_transcription")
    await live.until("transcription_stopped", patience=60)
    said = live.of("transcription")
    assert [event["utterance_id"] for event in said] == list(range(1, UTTERANCES + 1))
    assert not live.of("utterance_failed")
    return texts(said)


@pytest.fixture(scope="module")
def undisturbed(single: Stack) -> list[str]:
    """What is transcribed when nothing dies."""

    async def converse() -> list[str]:
        async with wire(single.url()) as live:
            await talk(live)
            return await finish(live)

    return asyncio.run(converse())


@pytest.mark.parametrize(
    "victim", ["stt_worker", "diarization_worker", "analyzer_worker", "listener"]
)
async def test_a_killed_process_loses_no_utterance(
    single: Stack, undisturbed: list[str], victim: str
) -> None:
    single.wait_ready(timeout_s=60)
    async with wire(single.url()) as live:
        await talk(live)
        await live.until("transcription", 2)
        single.kill(victim)
        killed_at = time.monotonic()

        assert await finish(live) == undisturbed
    log.info("%s killed: all answered %.1f s later", victim, time.monotonic() - killed_at)


async def test_a_restart_of_redis_loses_no_utterance(single: Stack, undisturbed: list[str]) -> None:
    single.wait_ready(timeout_s=60)
    async with wire(single.url()) as live:
        await talk(live)
        await live.until("transcription", 2)
        await asyncio.to_thread(single.restart_redis)
        restarted_at = time.monotonic()

        assert await finish(live) == undisturbed
    log.info("Redis restarted: all answered %.1f s later", time.monotonic() - restarted_at)


async def test_a_killed_gateway_hands_its_sessions_to_another(
    single: Stack, undisturbed: list[str]
) -> None:
    single.wait_ready(timeout_s=60)
    async with wire(single.url()) as live:
        started = await live.until("session_started")
        await live.say("start_transcription", interim=False)
        await live.audio(TALK[: len(TALK) // 2])
        await live.until("transcription", 1)
        single.kill("gateway")
        await live.closed()
    last = max(event.get("event_id", 0) for event in live.events)
    query = {name: started[name] for name in ("session_id", "resume_token")}

    async with wire(single.url(1), **query, last_event_id=last) as again:
        resumed = await again.until("session_resumed")
        await again.audio(TALK[2 * resumed["samples_received"] :])
        await again.say("stop_transcription")
        await again.until("transcription_stopped", patience=60)

    assert texts(live.events) + texts(again.events) == undisturbed


async def test_a_stopped_gateway_sends_its_clients_elsewhere(single: Stack) -> None:
    single.wait_ready(timeout_s=60)
    async with wire(single.url()) as live:
        await live.until("session_started")
        single.kill("gateway", signal_number=15)

        assert (await live.closed())[0] == 1012
