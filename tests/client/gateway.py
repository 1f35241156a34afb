"""A gateway for tests: keeps a session, says an event per second of audio, cuts at will."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from contract.parameters import Parameters

STATS = {
    "speakers": [],
    "overall": {},
    "summary": "",
    "latency_ms": {"p50": None, "p95": None},
}
LIMITS = {"max_packet_bytes": 65536, "idle_timeout_s": 60, "resume_window_s": 600}
ENGINES = {"stt": None, "diarization": None, "sentiment": None}

Handler = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve connections with `handler`; yields the URL."""

    async def quietly(websocket: ServerConnection) -> None:
        try:
            await handler(websocket)
        except* ConnectionClosed:
            pass

    async with serve(quietly, "127.0.0.1", 0, max_size=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/ws"


def query(websocket: ServerConnection) -> dict[str, str]:
    """The query of the connection's URL."""
    assert websocket.request is not None
    return {
        name: values[0] for name, values in parse_qs(urlsplit(websocket.request.path).query).items()
    }


def event(kind: str, event_id: int | None = None, **fields: Any) -> str:
    """An event as JSON text."""
    number = {} if event_id is None else {"event_id": event_id}
    return json.dumps({"type": kind, "session_id": "s", **number, **fields})


def started(event_id: int = 1, **limits: float) -> str:
    """The first event of a session."""
    fields = {"resume_token": "t", "engines": ENGINES, "limits": {**LIMITS, **limits}}
    return event("session_started", event_id, **fields)


def transcription(event_id: int, second: int, text: str = "") -> str:
    """The event that says what was said in one second of audio."""
    return event(
        "transcription",
        event_id,
        utterance_id=second + 1,
        segment_id=str(second),
        speaker_id=second % 2,
        speaker=f"SPEAKER_{second % 2:02}",
        text=text or f"second {second}",
        timestamp="2026-01-01T00:00:00+00:00",
        start=second,
        end=second + 1,
        words=[],
        language="en",
        confidence=1,
        sentiment={"label": "neutral", "score": 1, "scores": {"neutral": 1}},
        latency_ms={"total": 120},
    )


@dataclass
class FakeGateway:
    """One session, over any number of connections.

    What is heard is safe up to the last full second; a cut loses the rest, as in the real gateway.
    """

    cuts: Iterator[int] = field(default_factory=lambda: iter(()))
    """After how many frames each connection is cut, losing the next; later ones are not cut."""
    heard: bytearray = field(default_factory=bytearray)
    voices: dict[int, bytearray] = field(default_factory=dict)
    """The audio of each registration."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    _current: ServerConnection | None = None
    _state: str = "idle"
    _log: list[str] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, websocket: ServerConnection) -> None:
        self.connections += 1
        self._current = websocket
        asked = query(websocket)
        sent = int(asked.get("last_event_id", 0))
        if "session_id" in asked:
            assert (asked["session_id"], asked["resume_token"]) == ("s", "t")
            del self.heard[self._safe_samples() * BYTES_PER_SAMPLE :]
            safe = self._safe_samples()
            await websocket.send(event("session_resumed", samples_received=safe, state=self._state))
        else:
            self._append(started(1))
        async with asyncio.TaskGroup() as tasks:
            receiving = tasks.create_task(self._receive(websocket, next(self.cuts, None)))
            sending = tasks.create_task(self._send(websocket, sent))
            receiving.add_done_callback(lambda _: sending.cancel())
            sending.add_done_callback(lambda _: receiving.cancel())

    def cut(self) -> None:
        """Cut the connection there is."""
        assert self._current is not None
        self._current.transport.abort()

    async def _send(self, websocket: ServerConnection, sent: int) -> None:
        while True:
            self._wake.clear()
            for text in self._log[sent:]:
                sent += 1
                await websocket.send(text)
                if json.loads(text)["type"] == "session_ended":
                    return
            await self._wake.wait()

    async def _receive(self, websocket: ServerConnection, frames: int | None) -> None:
        received = 0
        async for frame in websocket:
            if received == frames:
                websocket.transport.abort()
                return
            received += 1
            if isinstance(frame, bytes):
                self._hear(frame)
            else:
                self._obey(json.loads(frame))

    def _hear(self, pcm: bytes) -> None:
        if self._state == "enrolling":
            self._hear_voice(pcm)
            return
        assert self._state == "transcribing"
        before = self._safe_samples() // SAMPLE_RATE
        self.heard += pcm
        for second in range(before, self._safe_samples() // SAMPLE_RATE):
            self._append(transcription(len(self._log) + 1, second))

    def _hear_voice(self, pcm: bytes) -> None:
        last = next(reversed(self.voices))
        self.voices[last] += pcm

    def _registered(self, speaker_id: int) -> None:
        fields = {"message": f"registered {speaker_id}", "speech_seconds": 3.2, "quality": 0.8}
        self._append(
            event(
                "speaker_registration_completed",
                len(self._log) + 1,
                speaker_id=speaker_id,
                **fields,
            )
        )

    def _obey(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        event_id = len(self._log) + 1
        match message["type"]:
            case "use_speakers" if "nobody" in message["speakers"]:
                self._append(
                    event("error", event_id, code="SPEAKER_UNKNOWN", message="who is nobody?")
                )
            case "use_speakers":
                for speaker_id, _ in enumerate(message["speakers"]):
                    self._registered(speaker_id)
            case "start_speaker_registration":
                self._state = "enrolling"
                speaker_id = message["speaker_id"]
                self.voices.pop(speaker_id, None)
                self.voices[speaker_id] = bytearray()
                fields = {"speaker_id": speaker_id, "message": "speak"}
                self._append(event("speaker_registration_started", event_id, **fields))
            case "complete_speaker_registration":
                self._state = "idle"
                speaker_id = message["speaker_id"]
                if len(self.voices[speaker_id]) >= 3 * SAMPLE_RATE * BYTES_PER_SAMPLE:
                    self._registered(speaker_id)
                    return
                fields = {"speaker_id": speaker_id, "code": "too_short", "message": "too short"}
                self._append(event("speaker_registration_failed", event_id, **fields))
            case "start_transcription" if message.get("language") == "xx":
                self._append(
                    event("error", event_id, code="LANGUAGE_UNSUPPORTED", message="no xx here")
                )
            case "start_transcription":
                self._state = "transcribing"
                parameters = Parameters().model_dump()
                self._append(event("transcription_started", event_id, parameters=parameters))
            case "stop_transcription":
                self._state = "idle"
                self._append(
                    event("transcription_stopped", event_id, stats=STATS, reason="stopped")
                )
            case "close":
                self._state = "ended"
                self._append(event("session_ended", event_id, stats=STATS, reason="closed"))

    def _append(self, text: str) -> None:
        self._log.append(text)
        self._wake.set()

    def _safe_samples(self) -> int:
        return len(self.heard) // BYTES_PER_SAMPLE // SAMPLE_RATE * SAMPLE_RATE
