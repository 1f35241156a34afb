from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from contract.errors import SessionGoneError, SessionTakenOverError
from contract.event_log import EventLog
from contract.events import Warning
from contract.names import audio_key, session_key
from contract.parameters import Parameters
from contract.redis_clients import connect_async
from contract.work import SpeechJob
from gateway_service.endpointing.endpointer import Checkpoint
from gateway_service.session.record import Settings, State, checkpoint_fields
from gateway_service.session.store import KEEP_S, SessionStore

SETTINGS = Settings(Parameters(language="ko"), interim=False, prompt="소리")


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect_async(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def store(redis: Redis) -> SessionStore:
    return SessionStore(redis, audio_ttl=60)


def job(session_id: str) -> SpeechJob:
    return SpeechJob(
        session_id=session_id,
        utterance_id=1,
        audio_key=audio_key(session_id, 1),
        start=0.0,
        end=1.0,
        speech_start=0.3,
        speech_end=0.7,
        language="ko",
        prompt=None,
        num_speakers=2,
        similarity_threshold=0.6,
        marks={"heard": 1.0, "cut": 2.0},
    )


async def test_another_gateway_finds_all_that_it_needs(store: SessionStore) -> None:
    record, token = await store.begin(SETTINGS)
    speech = job(record.session_id)
    fields = {**checkpoint_fields(Checkpoint(16_000, True)), "next_utterance": 2}
    await store.commit(record, fields, speech, b"\1\2")
    await store.commit(record, {"state": State.TRANSCRIBING.value})

    taken = await store.take_over(record.session_id, token)

    assert taken.epoch == record.epoch + 1
    assert taken.state is State.TRANSCRIBING
    assert taken.settings == SETTINGS
    assert taken.checkpoint == Checkpoint(16_000, True)
    assert taken.next_utterance == 2
    assert await store.owed(record.session_id) == [speech]
    assert await store.whereabouts(record.session_id, 1) == (True, False)


async def test_after_a_take_over_the_old_holder_writes_nothing(
    store: SessionStore, redis: Redis
) -> None:
    record, token = await store.begin(SETTINGS)
    await store.take_over(record.session_id, token)
    log = EventLog(redis)

    with pytest.raises(SessionTakenOverError):
        await store.commit(record, {"sample": 1}, job(record.session_id), b"")
    event = Warning(session_id=record.session_id, code="X", message="x")
    with pytest.raises(SessionTakenOverError):
        await log.append([event], epoch=record.epoch)

    assert not await store.owed(record.session_id)
    assert not await log.read_after(record.session_id, 0)
    assert await redis.hget(session_key(record.session_id), "sample") is None


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_a_wrong_token_opens_nothing(store: SessionStore, token: str) -> None:
    record, _ = await store.begin(SETTINGS)

    with pytest.raises(SessionGoneError):
        await store.take_over(record.session_id, token)
    with pytest.raises(SessionGoneError):
        await store.take_over("unknown", token)


async def test_everything_about_a_session_expires(store: SessionStore, redis: Redis) -> None:
    record, _ = await store.begin(SETTINGS)
    await store.commit(record, {"next_utterance": 2}, job(record.session_id), b"\1\2")
    await EventLog(redis).append(
        [Warning(session_id=record.session_id, code="X", message="x")], epoch=record.epoch
    )

    keys = [key async for key in redis.scan_iter(f"*{record.session_id}*")]

    assert len(keys) == 4
    for key in keys:
        assert 0 < await redis.ttl(key) <= KEEP_S
