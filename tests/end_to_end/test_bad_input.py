"""What a broken or hostile client gets, and that it harms nobody, not even itself."""

from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from local_stack.services import SERVICES
from local_stack.stack import Stack
from tests.support.sounds import syllables, to_pcm
from tests.support.wire import texts, wire

KEY = "a-key"


@pytest.fixture(scope="module")
def strict(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A third gateway on the same Redis that asks for keys and has little patience and room."""
    settings = {
        "REDIS_URL": stack.redis_url,
        "API_KEYS": f"other,{KEY}",
        "IDLE_TIMEOUT": "1",
        "MAX_SESSIONS": "2",
    }
    gateway = [service for service in SERVICES if service.name == "gateway"]
    with Stack(Path(tmp_path_factory.mktemp("strict")), settings, services=gateway) as running:
        running.wait_ready(timeout_s=30)
        yield running


@pytest.mark.parametrize(
    ("frame", "code", "complaint"),
    [
        ('{"type": "sing"}', "INVALID_MESSAGE", "type:"),
        ("{", "INVALID_MESSAGE", "Invalid JSON"),
        ("7", "INVALID_MESSAGE", "message:"),
        (
            '{"type": "start_transcription", "parameters": {"silence_duration": 9}}',
            "INVALID_MESSAGE",
            "parameters.silence_duration: Input should be less than or equal to 3 (got 9)",
        ),
        ('{"type": "start_transcription", "parameters": {"pitch": 1}}', "INVALID_MESSAGE", "pitch"),
        ('{"type": "finalize"}', "WRONG_STATE", "finalize"),
        (
            '{"type": "complete_speaker_registration", "speaker_id": 3}',
            "WRONG_STATE",
            "speaker_id 3",
        ),
        (b"\0" * 960, "WRONG_STATE", "start_transcription"),
    ],
)
async def test_bad_input_is_named_and_the_session_goes_on(
    stack: Stack, frame: str | bytes, code: str, complaint: str
) -> None:
    async with wire(stack.url()) as live:
        await live.connection.send(frame)
        error = await live.until("error")
        assert (error["code"], error["retryable"]) == (code, False)
        assert complaint in error["message"]

        await live.say("start_transcription")
        await live.audio(to_pcm(syllables(2)))
        await live.say("stop_transcription")
        await live.until("transcription_stopped")

    assert len(texts(live.events)) == 1


async def test_audio_to_nobody_is_refused_once_not_for_each_packet(stack: Stack) -> None:
    async with wire(stack.url()) as live:
        await live.audio(b"\0" * 64_000, packet=640)
        await live.say("start_transcription")
        await live.until("transcription_started")

    assert len(live.of("error")) == 1


@pytest.mark.parametrize(
    ("frame", "code"), [(b"\0" * 961, 1003), (b"\0" * 70_000, 1009), ("x" * 2**20, 1009)]
)
async def test_frames_that_break_the_protocol_end_the_connection(
    stack: Stack, frame: str | bytes, code: int
) -> None:
    async with wire(stack.url()) as bystander, wire(stack.url()) as live:
        await bystander.say("start_transcription")
        await live.until("session_started")
        with suppress(ConnectionClosed):  # the server may hang up before the frame is through
            await live.connection.send(frame)
        assert (await live.closed())[0] == code

        await bystander.audio(to_pcm(syllables(2)))
        await bystander.say("stop_transcription")
        await bystander.until("transcription_stopped")
        assert len(texts(bystander.events)) == 1


async def test_a_session_opens_only_to_its_token(stack: Stack) -> None:
    async with wire(stack.url()) as live:
        session_id = (await live.until("session_started"))["session_id"]
    for token in ("", "wrong"):
        async with wire(stack.url(1), session_id=session_id, resume_token=token) as intruder:
            assert (await intruder.closed())[0] == 4404
            assert not intruder.events


@pytest.mark.parametrize("last_event_id", ["-1", "x", "²"])
async def test_a_place_to_resume_from_must_be_a_number(stack: Stack, last_event_id: str) -> None:
    async with wire(stack.url()) as live:
        started = await live.until("session_started")
        query = {name: started[name] for name in ("session_id", "resume_token")}
        async with wire(stack.url(1), **query, last_event_id=last_event_id) as other:
            assert (await other.closed())[0] == 1008
        await live.say("start_transcription")
        await live.until("transcription_started")


async def test_a_client_that_says_nothing_is_let_go(strict: Stack) -> None:
    async with wire(strict.url(), {"Authorization": f"Bearer {KEY}"}) as live:
        assert (await live.closed())[0] == 4408


async def test_keepalive_keeps_a_connection(strict: Stack) -> None:
    async with wire(strict.url(), {"Authorization": f"Bearer {KEY}"}) as live:
        started = await live.until("session_started")
        for _ in range(4):
            await live.say("keepalive")
            with pytest.raises(AssertionError, match="still open"):
                await live.closed(patience=0.4)
        assert started["limits"]["idle_timeout_s"] == 1


async def test_nobody_comes_in_without_a_key(strict: Stack) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"}):
        async with wire(strict.url(), headers) as live:
            assert (await live.closed())[0] == 4401
            assert not live.events


async def test_a_browser_buys_a_token_with_a_key(strict: Stack) -> None:
    async with httpx.AsyncClient(base_url=strict.url()) as http:
        assert (await http.post("/tokens")).status_code == 401
        answer = await http.post("/tokens", headers={"Authorization": f"Bearer {KEY}"})

    assert answer.json()["expires_in"] == 600
    async with wire(strict.url(), token=answer.json()["token"]) as live:
        await live.until("session_started")


async def test_a_full_server_says_so(strict: Stack) -> None:
    key = {"Authorization": f"Bearer {KEY}"}
    async with AsyncExitStack() as connections:
        callers = [await connections.enter_async_context(wire(strict.url(), key)) for _ in range(4)]
        for caller in callers[2:]:
            assert (await caller.closed())[0] == 1013
            (error,) = caller.events
            assert (error["code"], error["retryable"]) == ("SERVER_TOO_BUSY", True)
