"""Speech is told by the voices that were registered before it, whoever is faster."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from local_stack.services import SERVICES, module
from local_stack.stack import Stack
from tests.end_to_end.conftest import INSTANT
from tests.support.held_voices import BEGUN, GO
from tests.support.sounds import syllables, to_pcm
from tests.support.waiting import eventually
from tests.support.wire import Wire, wire

TALK = to_pcm(syllables(2))


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two gateways, and two diarization workers that register voices when they are told to."""
    others = [service for service in SERVICES if service.name != "diarization_worker"]
    services = [*others, module("held_voices", "tests.support.held_voices", layer=2)]
    replicas = {"gateway": 2, "held_voices": 2}
    folder = Path(tmp_path_factory.mktemp("held"))
    with Stack(folder, INSTANT, replicas, services) as running:
        running.wait_ready(timeout_s=90)
        yield running


@pytest.fixture
def watched(held: Stack) -> Iterator[redis.Redis]:
    """The Redis of the stack, with nothing begun."""
    with redis.Redis.from_url(held.redis_url) as client:
        client.delete(BEGUN, GO)
        yield client


async def register(live: Wire, how: str) -> None:
    """Register `jiwoo`, by voice or from the registry."""
    if how == "use_speakers":
        await live.say("use_speakers", speakers=["jiwoo"])
        return
    await live.say("start_speaker_registration", speaker_id=0, name="jiwoo")
    await live.audio(to_pcm(syllables(4)))
    await live.say("complete_speaker_registration", speaker_id=0)


async def begun(watched: redis.Redis, what: bytes) -> None:
    """Wait until a worker began something."""
    await asyncio.to_thread(eventually, lambda: what in watched.lrange(BEGUN, 0, -1))


async def somebody_else_is_answered(stack: Stack) -> None:
    """Have another session's utterance go all the way: what was sent before it is done by then."""
    async with wire(stack.url()) as other:
        await other.say("start_transcription")
        await other.audio(TALK)
        await other.say("stop_transcription")
        await other.until("transcription")


@pytest.mark.parametrize("how", ["use_speakers", "enrolment"])
async def test_speech_waits_for_voices_that_come_slowly(
    held: Stack, watched: redis.Redis, how: str
) -> None:
    async with wire(held.url()) as live:
        await register(live, how)
        await live.say("start_transcription")
        await live.until("transcription_started")  # nobody waits for the voices here
        await live.audio(TALK)
        await live.say("finalize")
        await live.until("speech_ended")
        await somebody_else_is_answered(held)
        assert not live.of("transcription")

        watched.rpush(GO, "")
        await live.until("transcription")

    assert [e["speaker"] for e in live.of("transcription")] == ["jiwoo"]
    kinds = [e["type"] for e in live.events if e["type"] not in {"stats", "partial"}]
    assert kinds.index("speaker_registration_completed") < kinds.index("transcription")


async def test_the_order_outlives_the_connection(held: Stack, watched: redis.Redis) -> None:
    async with wire(held.url()) as live:
        started = await live.until("session_started")
        await register(live, "use_speakers")
        await live.say("start_transcription")
        await live.audio(TALK)
        await live.say("finalize")
        await live.until("speech_ended")
        await live.cut()
    query = {name: started[name] for name in ("session_id", "resume_token")}
    async with wire(held.url(1), **query, last_event_id=0) as again:
        await again.until("session_resumed")
        await somebody_else_is_answered(held)
        assert not again.of("transcription")

        watched.rpush(GO, "")
        assert (await again.until("transcription"))["speaker"] == "jiwoo"


async def test_a_voice_registered_again_is_the_later_one(held: Stack, watched: redis.Redis) -> None:
    async with wire(held.url()) as live:
        await register(live, "enrolment")
        await live.say("use_speakers", speakers=["minji"])
        await live.say("start_transcription")
        await live.audio(TALK)
        await live.say("finalize")
        await begun(watched, b"enrol 1")
        await somebody_else_is_answered(held)
        assert b"recall 2" not in watched.lrange(BEGUN, 0, -1)

        watched.rpush(GO, "", "")
        assert (await live.until("transcription"))["speaker"] == "minji"


async def test_voices_of_the_registry_are_taken_only_between_transcriptions(
    held: Stack, watched: redis.Redis
) -> None:
    async with wire(held.url()) as live:
        await live.say("start_speaker_registration", speaker_id=0)
        await live.say("use_speakers", speakers=["jiwoo"])
        assert "complete the registration" in (await live.until("error"))["message"]
        await live.say("start_transcription")
        await live.say("use_speakers", speakers=["jiwoo"])
        assert "stop the transcription" in (await live.until("error", 2))["message"]
        await live.say("stop_transcription")
        await live.until("transcription_stopped")
        await live.say("use_speakers", speakers=["jiwoo", "minji", "jiwoo"])
        twice = await live.until("error", 3)

        watched.rpush(GO, "")
        await live.say("use_speakers", speakers=["jiwoo", "minji"])
        await live.until("speaker_registration_completed", 2)

    assert [e["code"] for e in live.of("error")] == [
        "WRONG_STATE",
        "WRONG_STATE",
        "INVALID_MESSAGE",
    ]
    assert "given more than once: jiwoo" in twice["message"]
    assert [e["speaker_id"] for e in live.of("speaker_registration_completed")] == [0, 1]
