"""The page with a server that plays a part: events are sent as the test says, nothing is heard."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket
from fastapi.websockets import WebSocketDisconnect

from gateway_service import pages
from local_stack.ports import free_ports

Event = dict[str, Any]

SESSION = "rehearsal"

ENGINES = {
    "stt": {"name": "faster-whisper", "model": "small", "device": "cpu"},
    "diarization": {"name": "campplus", "model": "embedded", "device": "cpu"},
    "sentiment": {"name": "transformers", "model": "multilingual", "device": "cpu"},
}


class Rehearsal:
    """One page at a time; what it says is in `heard`, what it is told comes from `tell`."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.samples = 0
        self.system: Event = {}
        """What `/ws/stats` sends, once a second."""
        self.registry: list[Event] = []
        self.prompts: dict[str, list[Event]] = {}
        """Events that answer a message, by its type."""
        self.url = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._socket: WebSocket | None = None
        self._event_id = 0
        self._news = threading.Condition()

    def tell(self, *events: Event) -> None:
        """Send events to the page; durable ones are numbered."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._tell(events), self._loop).result(30)

    def hears(self, kind: str) -> Event:
        """The last message of the page, which is to be of this kind, as soon as it is there."""
        with self._news:
            self._news.wait_for(lambda: self.heard and self.heard[-1]["type"] == kind, timeout=10)
            return self.heard[-1]

    def app(self) -> FastAPI:
        @asynccontextmanager
        async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
            self._loop = asyncio.get_running_loop()
            yield

        app = FastAPI(lifespan=lifespan)
        app.include_router(pages.router)
        app.get("/speakers")(self._speakers)
        app.websocket("/ws")(self._converse)
        app.websocket("/ws/stats")(self._report)
        return app

    async def _speakers(self) -> Event:
        return {"kind": "prints", "prints": self.registry, "total": len(self.registry)}

    async def _converse(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self._socket = websocket
        self._event_id = 0
        limits = {"max_packet_bytes": 65536, "idle_timeout_s": 60, "resume_window_s": 600}
        started = {"type": "session_started", "resume_token": "x", "limits": limits}
        await self._tell([started | {"engines": ENGINES}, {"type": "model_loaded", "message": ""}])
        while True:
            try:
                frame = await websocket.receive()
            except (RuntimeError, WebSocketDisconnect):
                return
            if frame["type"] == "websocket.disconnect":
                return
            if (text := frame.get("text")) is None:
                self.samples += len(frame["bytes"]) // 2
                continue
            message = json.loads(text)
            with self._news:
                self.heard.append(message)
                self._news.notify_all()
            await self._tell(self.prompts.get(message["type"], []))

    async def _report(self, websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.send_json(self.system)
                await asyncio.sleep(0.2)
        except (RuntimeError, WebSocketDisconnect):
            return

    async def _tell(self, events: Any) -> None:
        assert self._socket is not None
        for event in events:
            numbered = {"session_id": SESSION, **event}
            if event["type"] not in PASSING:
                self._event_id += 1
                numbered["event_id"] = self._event_id
            await self._socket.send_json(numbered)


PASSING = {
    "speaker_registration_progress",
    "speech_started",
    "speech_ended",
    "partial",
    "stats",
    "session_resumed",
}


@contextmanager
def rehearsal() -> Iterator[Rehearsal]:
    """A rehearsal that listens on a free port."""
    stage = Rehearsal()
    (port,) = free_ports(1, "127.0.0.1")
    stage.url = f"http://127.0.0.1:{port}/"
    config = uvicorn.Config(
        stage.app(),
        "127.0.0.1",
        port,
        log_level="error",
        timeout_graceful_shutdown=1,
        ws_ping_interval=None,  # a browser on a busy machine may be slow, and is not gone
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            thread.join(0.02)
        yield stage
    finally:
        server.should_exit = True
        thread.join(10)
