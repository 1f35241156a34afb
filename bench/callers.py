"""The load: many clients in one event loop, each sending real speech at the pace it was spoken.

They cost little: packets are made once for all, most of what comes back is not even parsed.
Every packet is due at a time counted from the caller's start, and latencies are counted from when
a packet was due, not from when it could be sent: a server that makes callers wait gains nothing.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bench.speech import PACKET_S, Script
from contract.client_messages import Close, StartTranscription
from contract.parameters import Parameters

RAMP_S: Final = 5.0
"""Callers begin one after the other over this time, so that their utterances don't end at once.
It is longer than an utterance: what is slow only once is over by the end of it."""

ENDING_S: Final = 20.0
"""How much longer than its audio a call may take."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One utterance of one caller, answered."""

    due_at: float
    """When the packet that completed it was due, seconds since the callers began."""
    spoken: float
    """Length of the utterance, seconds."""
    observed_ms: float
    """From `due_at` until the client had the event."""
    latency_ms: dict[str, float]
    """As the event tells them."""


@dataclass(slots=True)
class Observed:
    """What all callers of a trial saw."""

    due: int
    """Utterances that all of them together were to send."""
    samples: list[Sample] = field(default_factory=list)
    answered: int = 0
    """Of these, how many came back with text; one of several segments counts once."""
    partials: int = 0
    lags_ms: list[float] = field(default_factory=list)
    """How much later than asked for the generator woke up, per packet."""
    faults: list[str] = field(default_factory=list)
    """What ended a caller too early."""


async def call(
    urls: Sequence[str], sessions: int, script: Script, *, interim: bool, parameters: Parameters
) -> Observed:
    """Have `sessions` callers, spread over the gateways at `urls`, say the script."""
    observed = Observed(due=sessions * len(script.utterances))
    began = time.time()
    start = StartTranscription(interim=interim, parameters=parameters.model_dump())
    async with asyncio.TaskGroup() as tasks:
        for index in range(sessions):
            url = urls[index % len(urls)].replace("http", "ws", 1) + "/ws"
            caller = _Caller(script, observed, began, began + RAMP_S * index / sessions)
            tasks.create_task(caller.run(url, start.model_dump_json(exclude_none=True)))
    return observed


class _Caller:
    def __init__(self, script: Script, observed: Observed, began: float, start: float) -> None:
        self._script = script
        self._observed = observed
        self._began = began
        self._start = start
        self._answered: set[int] = set()

    async def run(self, url: str, start: str) -> None:
        await asyncio.sleep(self._start - time.time())
        try:
            async with connect(url, compression=None, ping_interval=None) as connection:
                async with asyncio.timeout(self._script.seconds + ENDING_S):
                    await connection.send(start)
                    await self._talk(connection)
        except (WebSocketException, OSError, TimeoutError) as error:
            self._observed.faults.append(f"{type(error).__name__}: {error}")

    async def _talk(self, connection: ClientConnection) -> None:
        listening = asyncio.create_task(self._listen(connection))
        self._start = time.time()
        try:
            for index, packet in enumerate(self._script.packets):
                await self._until(self._start + index * PACKET_S)
                await connection.send(packet)
            await connection.send(Close().model_dump_json())
            await listening
        finally:
            listening.cancel()

    async def _until(self, due: float) -> None:
        now = time.time()
        if due > now:
            await asyncio.sleep(due - now)
            self._observed.lags_ms.append((time.time() - due) * 1000)

    async def _listen(self, connection: ClientConnection) -> None:
        async for frame in connection:
            now = time.time()
            text = str(frame)
            if '"transcription"' in text:
                self._take(json.loads(text), now)
            elif '"partial"' in text:
                self._observed.partials += 1

    def _take(self, event: dict[str, Any], now: float) -> None:
        index = event["utterance_id"] - 1
        if event["type"] != "transcription" or index >= len(self._script.utterances):
            return
        if index in self._answered:  # a further segment of the same utterance
            return
        self._answered.add(index)
        self._observed.answered += 1
        utterance = self._script.utterances[index]
        due_at = self._start + utterance.ended_at
        self._observed.samples.append(
            Sample(
                due_at=due_at - self._began,
                spoken=utterance.spoken,
                observed_ms=(now - due_at) * 1000,
                latency_ms=event["latency_ms"],
            )
        )
