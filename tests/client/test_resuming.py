import json
import random
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from client.errors import (
    AudioLostError,
    ConnectionLostError,
    EventsMissingError,
    PolicyError,
)
from client.reconnecting import Reconnect
from client.session import Session
from contract.audio import SAMPLE_RATE
from contract.errors import (
    InvalidMessageError,
    ServerTooBusyError,
    SessionGoneError,
    UnauthorizedError,
)
from contract.events import SpeakerRegistrationCompleted, Transcription
from tests.client.conversation import PARAMETERS, QUICK, SECOND, converse, kinds, read_all
from tests.client.gateway import (
    STATS,
    FakeGateway,
    event,
    query,
    serving,
    started,
    transcription,
)


@pytest.mark.parametrize("seed", range(6))
async def test_cuts_at_random_moments_lose_and_double_nothing(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (chance, not secrets)
    gateway = FakeGateway(cuts=iter([chance.randrange(8) for _ in range(20)]))
    pcm = chance.randbytes(100 * SECOND + 500)
    async with serving(gateway) as url:
        events = await converse(url, pcm, 3_200)
    assert gateway.connections > 10
    assert gateway.heard == pcm
    durable = [event.event_id for event in events if event.event_id is not None]
    assert durable == list(range(1, len(durable) + 1))
    texts = [event.text for event in events if isinstance(event, Transcription)]
    assert texts == [f"second {second}" for second in range(100)]
    assert kinds(events)[-1] == "session_ended"


async def test_a_cut_before_start_arrived_sends_it_again() -> None:
    gateway = FakeGateway(cuts=iter([0, 0]))
    async with serving(gateway) as url:
        await converse(url, bytes(SECOND), 3_200)
    assert [message["type"] for message in gateway.messages] == [
        "start_transcription",
        "stop_transcription",
        "close",
    ]


@pytest.mark.parametrize(
    ("code", "reason", "error"),
    [
        (4401, "no key", UnauthorizedError),
        (4404, "gone", SessionGoneError),
        (1013, "server full", ServerTooBusyError),
        (1003, "odd", InvalidMessageError),
        (1008, "the session goes on over another connection", PolicyError),
    ],
)
async def test_final_close_codes_end_the_session_with_their_error(
    code: int, reason: str, error: type[Exception]
) -> None:
    connections = 0

    async def scene(websocket: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        await websocket.send(started())
        await websocket.recv()
        await websocket.close(code, reason)

    async with serving(scene) as url, Session.connect(url, reconnect=QUICK) as session:
        with pytest.raises(error, match=reason):
            await session.start_transcription()
        assert (await anext(session)).type == "session_started"
        with pytest.raises(error, match=reason):
            await anext(session)
        with pytest.raises(error, match=reason):
            await session.close()
    assert connections == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [(1001, ""), (1011, "fault"), (1012, ""), (1008, "slow: resume"), (4408, "")],
)
async def test_passing_close_codes_are_resumed(code: int, reason: str) -> None:
    async def scene(websocket: ServerConnection) -> None:
        if "session_id" not in query(websocket):
            await websocket.send(started())
            await websocket.close(code, reason)
            return
        assert query(websocket)["last_event_id"] == "1"
        await websocket.send(event("session_resumed", samples_received=0, state="idle"))
        await websocket.send(event("session_ended", 2, stats=STATS, reason="closed"))

    async with serving(scene) as url, Session.connect(url, reconnect=QUICK) as session:
        assert kinds(await read_all(session)) == [
            "session_started",
            "session_resumed",
            "session_ended",
        ]


async def test_a_gap_is_closed_by_resuming() -> None:
    async def scene(websocket: ServerConnection) -> None:
        if "session_id" not in query(websocket):
            await websocket.send(started())
            await websocket.send(transcription(3, 1))
            await websocket.wait_closed()
            return
        assert query(websocket)["last_event_id"] == "1"
        await websocket.send(event("session_resumed", samples_received=0, state="idle"))
        for text in (transcription(1, 9), transcription(2, 0), transcription(3, 1)):
            await websocket.send(text)
        await websocket.send(event("session_ended", 4, stats=STATS, reason="closed"))

    async with serving(scene) as url, Session.connect(url, reconnect=QUICK) as session:
        events = await read_all(session)
    assert [e.event_id for e in events] == [1, None, 2, 3, 4]


async def test_a_gap_that_stays_is_an_error() -> None:
    async def scene(websocket: ServerConnection) -> None:
        first = "session_id" not in query(websocket)
        resumed = event("session_resumed", samples_received=0, state="idle")
        await websocket.send(started() if first else resumed)
        await websocket.send(transcription(3, 1))
        await websocket.wait_closed()

    async with serving(scene) as url, Session.connect(url, reconnect=QUICK) as session:
        with pytest.raises(EventsMissingError, match="event 3 came where 2 was due"):
            await read_all(session)


async def test_audio_that_is_no_longer_kept_is_an_error() -> None:
    async def scene(websocket: ServerConnection) -> None:
        if "session_id" in query(websocket):
            await websocket.send(
                event("session_resumed", samples_received=SAMPLE_RATE, state="transcribing")
            )
            await websocket.wait_closed()
            return
        await websocket.send(started())
        await websocket.recv()
        await websocket.send(event("transcription_started", 2, parameters=PARAMETERS))
        received = 0
        while received < 70 * SECOND:
            received += len(await websocket.recv())
        websocket.transport.abort()

    async with serving(scene) as url, Session.connect(url, reconnect=QUICK) as session:
        await session.start_transcription()
        await session.send_audio(bytes(70 * SECOND))
        with pytest.raises(AudioLostError, match=r"up to 1\.0 s; kept .* 10\.0–70\.0 s"):
            await read_all(session)


async def test_an_interrupted_registration_begins_anew() -> None:
    received: list[Any] = []

    async def scene(websocket: ServerConnection) -> None:
        if "session_id" not in query(websocket):
            await websocket.send(started())
            await websocket.recv()
            fields: dict[str, Any] = {"speaker_id": 0, "message": ""}
            await websocket.send(event("speaker_registration_started", 2, **fields))
            await websocket.recv()
            websocket.transport.abort()
            return
        await websocket.send(event("session_resumed", samples_received=0, state="enrolling"))
        for _ in range(3):
            frame = await websocket.recv()
            received.append(frame if isinstance(frame, bytes) else json.loads(frame)["type"])
        fields = {"speaker_id": 0, "message": "", "speech_seconds": 3, "quality": 1}
        await websocket.send(event("speaker_registration_started", 3, speaker_id=0, message=""))
        await websocket.send(event("speaker_registration_completed", 4, **fields))
        await websocket.wait_closed()

    async with serving(scene) as url, Session.connect(url, reconnect=QUICK) as session:
        await session.start_speaker_registration(0, "Anna")
        await session.send_audio(b"\1\2\3\4")
        outcome = await session.complete_speaker_registration(0)
    assert isinstance(outcome, SpeakerRegistrationCompleted)
    assert received == [
        "start_speaker_registration",
        b"\1\2\3\4",
        "complete_speaker_registration",
    ]


async def test_a_server_that_stays_away_is_given_up() -> None:
    async def scene(websocket: ServerConnection) -> None:
        if "session_id" not in query(websocket):
            await websocket.send(started())
            await websocket.recv()
        await websocket.close(1012)

    brief = Reconnect(window_s=0.05, first_delay_s=0.01)
    async with serving(scene) as url, Session.connect(url, reconnect=brief) as session:
        with pytest.raises(ConnectionLostError, match=r"gave up after 0\.05 s: .* 1012"):
            await session.start_transcription()
