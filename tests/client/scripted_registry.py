"""A registry for tests that knows voices by their level, and a real gateway in front of it.

A recording's voice is the value that most of its samples have: level 300 sounds like nobody but
level 300. What is not a WAV can't be decoded, zeros are silence.
"""

import io
import secrets
import threading
import wave
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn

from contract.audio import SAMPLE_RATE
from contract.errors import (
    AudioUnreadableError,
    NoSpeechError,
    SoriError,
    SpeakerUnknownError,
    SpeechTooShortError,
)
from contract.speakers import (
    Answer,
    Candidate,
    Delete,
    Deleted,
    DrawMap,
    Export,
    Exported,
    Identified,
    Identify,
    Import,
    Imported,
    ListPrints,
    Map,
    Prints,
    Question,
    Refused,
    RefusedError,
    Register,
    Registered,
    Sample,
    Show,
    StoredPrint,
    VoicePrint,
)
from gateway_service.app import create_app
from gateway_service.settings import GatewaySettings
from gateway_service.speakers.registry import Registry as GatewayRegistry
from tests.support.redis_server import free_port
from tests.support.waiting import eventually

NOW = "2026-01-01T00:00:00Z"
ENCODER = "scripted/level"
LEAST_S = 0.5
FOUNDING_S = 1.0


class ScriptedRegistry:
    """Answers questions as diarization_worker.registry.registry.Registry does."""

    def __init__(self) -> None:
        self.prints: dict[str, StoredPrint] = {}
        self.asked: list[Question] = []

    def answer(self, question: Question, fetch_upload: Callable[[str], bytes]) -> Answer:
        self.asked.append(question)
        match question:
            case Register():
                heard = [_hear(fetch_upload(key)) for key in question.uploads]
                return self._register(question, heard)
            case Identify():
                return self._identify(question, *_hear(fetch_upload(question.upload)))
            case ListPrints(offset=offset, limit=limit):
                shown = [_shown(self.prints[key], question.embedding) for key in self._ids()]
                return Prints(prints=shown[offset : offset + limit], total=len(shown))
            case Show(speaker_id=speaker_id):
                return Prints(prints=[_shown(self._get(speaker_id), question.embedding)], total=1)
            case Delete(speaker_id=speaker_id):
                del self.prints[self._get(speaker_id).speaker_id]
                return Deleted(speaker_id=speaker_id)
            case Export(offset=offset, limit=limit):
                stored = [self.prints[key] for key in self._ids()]
                return Exported(prints=stored[offset : offset + limit], total=len(stored))
            case Import(prints=prints):
                for each in prints:
                    self.prints[each.speaker_id] = StoredPrint(**each.model_dump())
                return Imported(count=len(prints))
            case DrawMap():
                return Map(svg=f"<svg>{' '.join(self._ids())}</svg>")
            case _:
                raise AssertionError(f"not scripted: {question}")

    def _ids(self) -> list[str]:
        return sorted(self.prints)

    def _get(self, speaker_id: str) -> StoredPrint:
        if speaker_id not in self.prints:
            raise SpeakerUnknownError(f"no speaker {speaker_id}")
        return self.prints[speaker_id]

    def _register(self, question: Register, heard: list[tuple[int, float]]) -> Registered:
        speaker_id = question.speaker_id or f"anonymous-{secrets.token_hex(4)}"
        before = self.prints.get(speaker_id)
        if before is None and sum(seconds for _, seconds in heard) < FOUNDING_S:
            raise SpeechTooShortError("too little speech for a voice print")
        name = question.name or (before.name if before else None)
        samples = before.samples if before else []
        stored = StoredPrint(
            speaker_id=speaker_id,
            name=name,
            encoder=ENCODER,
            created=NOW,
            updated=NOW,
            samples=[
                *samples,
                *(Sample(embedding=[level], speech_seconds=seconds) for level, seconds in heard),
            ],
        )
        self.prints[speaker_id] = stored
        return Registered(voice_print=_shown(stored, embedding=False), quality=0.5)

    def _identify(self, question: Identify, level: int, _seconds: float) -> Identified:
        candidates = [
            Candidate(speaker_id=key, name=self.prints[key].name, score=0.9 if same else 0.2)
            for key in self._ids()
            if self.prints[key].encoder == ENCODER
            for same in [level in {sample.embedding[0] for sample in self.prints[key].samples}]
        ]
        candidates.sort(key=lambda candidate: -candidate.score)
        best = candidates[0] if candidates else None
        known = best is not None and best.score >= question.threshold
        return Identified(
            speaker_id=best.speaker_id if best and known else None,
            known=known,
            score=best.score if best else 0.0,
            candidates=candidates[: question.top_k],
            outdated=len(self.prints) - len(candidates),
        )


def write_voice(path: Path, *stretches: tuple[int, float]) -> Path:
    """A WAV file with voices, each (level, seconds)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for level, seconds in stretches:
            file.writeframes(np.full(round(seconds * SAMPLE_RATE), level, "<i2").tobytes())
    return path


@contextmanager
def gateway(registry: ScriptedRegistry, redis_url: str, **settings: Any) -> Iterator[str]:
    """A real gateway that asks `registry` instead of a worker; yields its URL."""
    port = free_port()
    app = create_app(GatewaySettings(redis_url=redis_url, **settings))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started)
        app.state.services = replace(app.state.services, registry=_Asking(registry))
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


class _Asking(GatewayRegistry):
    """What the gateway asks, answered in this process."""

    def __init__(self, registry: ScriptedRegistry) -> None:
        self._registry = registry
        self._uploads: dict[str, bytes] = {}

    async def ask(self, question: Question, kind: type[Any], patience: float | None = None) -> Any:
        try:
            answer = self._registry.answer(question, self._uploads.__getitem__)
        except SoriError as error:
            refused = Refused(code=error.code, message=str(error), retryable=error.retryable)
            raise RefusedError(refused) from error
        assert isinstance(answer, kind)
        return answer

    @asynccontextmanager
    async def uploaded(self, recordings: Sequence[bytes]) -> AsyncIterator[list[str]]:
        keys = [secrets.token_hex(8) for _ in recordings]
        self._uploads |= zip(keys, recordings, strict=True)
        yield keys
        for key in keys:
            del self._uploads[key]


def _hear(data: bytes) -> tuple[int, float]:
    """The voice's level and how long it speaks, seconds."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    except (wave.Error, EOFError) as error:
        raise AudioUnreadableError("the file is no recording") from error
    counts = Counter(samples[samples != 0].tolist())
    if not counts:
        raise NoSpeechError("nobody speaks")
    ((level, count),) = counts.most_common(1)
    if count < LEAST_S * SAMPLE_RATE:
        raise SpeechTooShortError("too little speech to tell a voice")
    return level, count / SAMPLE_RATE


def _shown(stored: StoredPrint, embedding: bool) -> VoicePrint:
    return VoicePrint(
        speaker_id=stored.speaker_id,
        name=stored.name,
        samples=len(stored.samples),
        speech_seconds=sum(sample.speech_seconds for sample in stored.samples),
        encoder=stored.encoder,
        created=stored.created,
        updated=stored.updated,
        embedding=stored.samples[0].embedding if embedding else None,
    )
