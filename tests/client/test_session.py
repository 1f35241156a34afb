import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import ServerConnection

from client.errors import (
    NotSoriError,
    RefusedError,
    ServerUnreachableError,
)
from client.link import Link
from client.session import Session
from contract.errors import (
    InvalidMessageError,
    ServerTooBusyError,
    WrongStateError,
)
from contract.events import SpeakerRegistrationCompleted, SpeakerRegistrationFailed
from tests.client.conversation import PARAMETERS, QUICK, SECOND, converse, kinds, read_all, send
from tests.client.gateway import (
    STATS,
    FakeGateway,
    event,
    serving,
    started,
    transcription,
)


@pytest.mark.parametrize("packet", [320, 6_400, 200_000])
async def test_audio_and_events_go_through(packet: int) -> None:
    gateway = FakeGateway()
    pcm = bytes(range(250)) * (5 * SECOND // 250 + 2)
    async with serving(gateway) as url:
        events = await converse(url, pcm, packet)
    assert gateway.heard == pcm
    assert kinds(events) == [
        "session_started",
        "transcription_started",
        *["transcription"] * 5,
        "transcription_stopped",
        "session_ended",
    ]


async def test_a_second_transcription_counts_its_audio_anew() -> None:
    gateway = FakeGateway()
    async with serving(gateway) as url, Session.connect(url, reconnect=QUICK) as session:
        await session.start_transcription()
        await session.send_audio(bytes(SECOND))
        await session.stop_transcription()
        async for received in session:
            if received.type == "transcription_stopped":
                break
        gateway.heard.clear()
        await session.start_transcription()
        await session.send_audio(b"\1\2" * 100)
        gateway.cut()
        await session.close()
        await read_all(session)
    assert gateway.heard == b"\1\2" * 100


async def test_refusals_are_raised_where_they_were_asked_for() -> None:
    async with serving(FakeGateway()) as url, Session.connect(url) as session:
        with pytest.raises(RefusedError, match="no xx here"):
            await session.start_transcription(language="xx")
        with pytest.raises(InvalidMessageError, match=r"start_transcription\.prompt"):
            await session.start_transcription(prompt="x" * 1001)
        with pytest.raises(WrongStateError, match="nothing listens"):
            await session.send_audio(bytes(2))
        await session.start_transcription()
        with pytest.raises(InvalidMessageError, match="odd"):
            await session.send_audio(bytes(3))
        with pytest.raises(WrongStateError, match="still under way"):
            await session.start_transcription()


async def pieces(*pcm: bytes) -> AsyncIterator[bytes]:
    for piece in pcm:
        yield piece


async def test_speakers_are_enrolled_from_audio() -> None:
    gateway = FakeGateway()
    async with serving(gateway) as url, Session.connect(url, reconnect=QUICK) as session:
        reading = asyncio.create_task(read_all(session))
        done = await session.enrol(4, pieces(b"\1\2" * 48_000, b"\3\4"), name="Kim")
        failed = await session.enrol(5, pieces(b"\5\6"))
        await session.start_transcription()
        await session.close()
        events = await reading
    assert isinstance(done, SpeakerRegistrationCompleted)
    assert isinstance(failed, SpeakerRegistrationFailed)
    assert (done.speaker_id, failed.speaker_id, failed.code) == (4, 5, "too_short")
    assert gateway.voices == {4: b"\1\2" * 48_000 + b"\3\4", 5: b"\5\6"}
    assert done in events
    assert failed in events


async def test_an_enrolment_that_goes_wrong_is_raised_and_over() -> None:
    async def scene(websocket: ServerConnection) -> None:
        await websocket.send(started())
        fields = {"speaker_id": 0, "message": ""}
        async for frame in websocket:
            match json.loads(frame)["type"]:
                case "start_speaker_registration":
                    await websocket.send(event("speaker_registration_started", 2, **fields))
                case "complete_speaker_registration":
                    await websocket.send(
                        event("error", 3, code="ENGINE_FAILED", message="a broken model")
                    )
                case "start_transcription":
                    await websocket.send(event("transcription_started", 4, parameters=PARAMETERS))

    async with serving(scene) as url, Session.connect(url) as session:
        with pytest.raises(RefusedError, match="a broken model"):
            await session.enrol(0, pieces())
        await session.start_transcription()


async def test_voices_of_the_registry_are_there_when_it_returns() -> None:
    gateway = FakeGateway()
    async with serving(gateway) as url, Session.connect(url, reconnect=QUICK) as session:
        reading = asyncio.create_task(read_all(session))
        with pytest.raises(RefusedError, match="who is nobody"):
            await session.use_speakers(["kim", "nobody"])
        with pytest.raises(InvalidMessageError, match=r"use_speakers\.speakers"):
            await session.use_speakers([])
        await session.use_speakers(["kim", "lee"])
        await session.start_transcription()
        await session.close()
        events = await reading
    told = kinds(events)
    assert told.index("transcription_started") == 4
    assert told[2:4] == ["speaker_registration_completed"] * 2


async def test_voices_asked_for_over_a_lost_connection_are_asked_for_again() -> None:
    gateway = FakeGateway(cuts=iter([0]))
    async with serving(gateway) as url, Session.connect(url, reconnect=QUICK) as session:
        reading = asyncio.create_task(read_all(session))
        await session.use_speakers(["kim"])
        await session.close()
        await reading
    assert gateway.connections == 2
    assert [message["type"] for message in gateway.messages] == ["use_speakers", "close"]


async def test_a_busy_server_is_said_at_once() -> None:
    async def scene(websocket: ServerConnection) -> None:
        await websocket.send(event("error", code="SERVER_TOO_BUSY", message="full", retryable=True))
        await websocket.close(1013, "server full")

    async with serving(scene) as url:
        with pytest.raises(ServerTooBusyError, match="server full"):
            async with Session.connect(url):
                pass


async def test_who_does_not_read_holds_the_server_up_and_loses_nothing() -> None:
    count = 5_000
    all_sent = asyncio.Event()

    async def scene(websocket: ServerConnection) -> None:
        await websocket.send(started())
        for number in range(2, count):
            await websocket.send(transcription(number, number, "x" * 3_000))
        all_sent.set()
        await websocket.send(event("session_ended", count, stats=STATS, reason="closed"))

    async with serving(scene) as url, Session.connect(url) as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await all_sent.wait()
        events = await read_all(session)
    assert [e.event_id for e in events] == list(range(1, count + 1))


async def test_sending_waits_for_a_server_that_does_not_take_it() -> None:
    go_on, taken = asyncio.Event(), 0

    async def scene(websocket: ServerConnection) -> None:
        nonlocal taken
        await websocket.send(started())
        await websocket.recv()
        await websocket.send(event("transcription_started", 2, parameters=PARAMETERS))
        await go_on.wait()
        async for frame in websocket:
            taken += len(frame)
            if taken == 30 * SECOND:
                await websocket.send(event("session_ended", 3, stats=STATS, reason="closed"))
                return

    async with serving(scene) as url, Session.connect(url) as session:
        await session.start_transcription()
        # Socket buffers alone would hold all of this.
        sending = asyncio.create_task(send(session, bytes(30 * SECOND)))
        await asyncio.wait([sending], timeout=0.5)
        waiting = not sending.done()
        go_on.set()
        assert waiting
        await sending
        await read_all(session)
    assert taken == 30 * SECOND


async def test_an_idle_session_is_kept_awake() -> None:
    async def scene(websocket: ServerConnection) -> None:
        await websocket.send(started(idle_timeout_s=0.1))
        frame = json.loads(await websocket.recv())
        await websocket.send(event("session_ended", 2, stats=STATS, reason=frame["type"]))

    async with serving(scene) as url, Session.connect(url) as session:
        *_, last = await read_all(session)
    assert last.type == "session_ended"
    assert last.reason == "keepalive"


async def test_the_key_travels_in_the_header_alone() -> None:
    seen: list[str] = []

    async def scene(websocket: ServerConnection) -> None:
        assert websocket.request is not None
        seen.extend([websocket.request.headers["Authorization"], websocket.request.path])
        await websocket.send(started())
        await websocket.wait_closed()

    async with serving(scene) as url, Session.connect(url, api_key="secret"):
        assert seen == ["Bearer secret", "/ws"]


async def test_unreachable_servers_are_said(unused_tcp_port: int) -> None:
    with pytest.raises(ServerUnreachableError, match="connection refused"):
        async with Session.connect(f"ws://127.0.0.1:{unused_tcp_port}/ws?token=hidden"):
            pass


async def test_other_protocols_are_recognised() -> None:
    async def scene(websocket: ServerConnection) -> None:
        await websocket.send("hello")
        await websocket.wait_closed()

    async with serving(scene) as url:
        with pytest.raises(NotSoriError, match="no JSON: hello"):
            async with Session.connect(url):
                pass


async def test_leaving_in_the_middle_of_sending_ends_everything() -> None:
    async with serving(FakeGateway()) as url:
        before = asyncio.all_tasks()
        async with Session.connect(url) as session:
            await session.start_transcription()
            sending = asyncio.create_task(session.send_audio(bytes(1_000 * SECOND)))
            await anext(session)
        with pytest.raises(Exception, match="session has ended"):
            await sending
        assert {task for task in asyncio.all_tasks() - before if "client" in repr(task)} == set()


async def test_a_cancelled_packet_leaves_no_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = FakeGateway()
    stuck = asyncio.Event()
    send = Link._send_audio

    async def never(self: Link, pcm: bytes) -> None:
        stuck.set()
        await asyncio.Event().wait()

    async with serving(gateway) as url, Session.connect(url, reconnect=QUICK) as session:
        reading = asyncio.create_task(read_all(session))
        await session.start_transcription()
        monkeypatch.setattr(Link, "_send_audio", never)
        sending = asyncio.create_task(session.send_audio(b"\1\2"))
        await stuck.wait()
        monkeypatch.setattr(Link, "_send_audio", send)
        sending.cancel()
        await asyncio.wait([sending])
        await session.send_audio(b"\3\4")
        await session.close()
        await reading
    assert gateway.heard == b"\1\2\3\4"
