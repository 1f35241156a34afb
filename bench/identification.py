"""The fourth experiment: what it takes to tell whose voice it is, over HTTP."""

import asyncio
import io
import os
import tempfile
import time
import wave
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Final

import httpx
import numpy as np
import uvloop

from bench.callers import RAMP_S, call
from bench.experiments import INSTANT, Plan, Report
from bench.speech import (
    Samples,
    Script,
    recordings,
    short_pieces,
    speech_only,
    with_pauses,
    write_script,
)
from bench.trial import KINDS
from bench.usage import Usage, measure
from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from contract.parameters import Parameters
from contract.speakers import Sample, StoredPrint
from local_stack.stack import Stack

ENGINES: Final = {name: INSTANT[name] for name in ("STT_ENGINE", "SENTIMENT_MODEL")}
"""The speaker encoder is the real one."""

SPEECH_S: Final = 3.0
"""Length of each recording."""

PIECES: Final = 20
"""Recordings that are sent in turn."""

PRINTS: Final = 10_000
"""Voice prints that each is compared with."""

CALLS: Final = ((1, 0), (4, 0), (1, 1))
"""Callers of the API, and live sessions beside them."""


@dataclass(frozen=True, slots=True)
class Identification:
    """So many callers, each asking again as soon as it is answered."""

    callers: int
    live_sessions: int
    latencies_ms: Sequence[float] = field(repr=False)
    """Of each request, as its caller saw it."""
    refused: int
    """Requests that were not answered with 200; their latencies are left out."""
    cpu_ms: dict[str, float]
    """Processor time that each kind of process took per request, milliseconds."""


def measure_identification(plan: Plan, report: Report) -> list[Identification]:
    """Trials of `plan.seconds` on a stack with a large registry; none without SORI_DATA."""
    if not os.environ.get("SORI_DATA"):
        report("identification: left out, as SORI_DATA names no speech of single voices")
        return []
    with (
        tempfile.TemporaryDirectory(prefix="sori-bench-") as folder,
        Stack(Path(folder), {**ENGINES, "LOG_LEVEL": "WARNING"}, plan.replicas) as stack,
    ):
        stack.wait_ready(timeout_s=120)
        report(f"identification: registering {PRINTS} voices")
        _fill(stack.url())
        files, script = pieces(), _script(plan.seconds)
        trials = []
        for callers, live_sessions in CALLS:
            report(f"identification: {callers} callers, {live_sessions} live sessions")
            running = _run(stack, callers, live_sessions, files, script, plan.seconds)
            trials.append(uvloop.run(running))
        return trials


def wav(samples: Samples) -> bytes:
    """Samples as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(BYTES_PER_SAMPLE)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def pieces() -> list[bytes]:
    """WAV files of SPEECH_S, each from another recording and of one voice."""
    size = round(SPEECH_S * SAMPLE_RATE)
    speech = (speech_only(recording) for recording in recordings())
    return [wav(samples[:size]) for samples in speech if len(samples) >= size][:PIECES]


def _fill(url: str) -> None:
    """Register one voice, and import as many random directions beside it."""
    with httpx.Client(base_url=url, timeout=60) as http:
        speech = {"file": wav(speech_only(recordings()[0]))}
        http.post(
            "/speakers/register", data={"speaker_id": "real"}, files=speech
        ).raise_for_status()
        answer = http.get("/speakers/export").raise_for_status()
        real = StoredPrint.model_validate_json(answer.content)
        head = {"Content-Type": "application/x-ndjson"}
        http.post("/speakers/import", headers=head, content=_lines(real)).raise_for_status()


def _lines(real: StoredPrint) -> Iterator[bytes]:
    random = np.random.default_rng(0)
    (sample, *_) = real.samples
    for number in range(PRINTS - 1):
        direction = random.normal(size=len(sample.embedding))
        direction /= np.linalg.norm(direction)
        made = Sample(embedding=direction.tolist(), speech_seconds=sample.speech_seconds)
        update = {"speaker_id": f"random-{number}", "samples": [made]}
        yield real.model_copy(update=update).model_dump_json().encode() + b"\n"


async def _run(
    stack: Stack,
    callers: int,
    live_sessions: int,
    files: Sequence[bytes],
    script: Script,
    seconds: float,
) -> Identification:
    pids = {kind: stack.processes(kind) for kind in KINDS}
    talking = asyncio.create_task(_talk(stack.urls(), live_sessions, script))
    await asyncio.sleep(RAMP_S if live_sessions else 0)
    await _ask(stack.url(), files, time.monotonic())  # the first one finds nothing ready
    before, deadline = measure(pids), time.monotonic() + seconds
    asking = [_ask(stack.url(), share, deadline) for share in shares(files, callers)]
    answers = [answer for some in await asyncio.gather(*asking) for answer in some]
    after = measure(pids)
    talking.cancel()
    with suppress(asyncio.CancelledError):
        await talking
    return Identification(
        callers=callers,
        live_sessions=live_sessions,
        latencies_ms=[ms for status, ms in answers if status == httpx.codes.OK],
        refused=sum(status != httpx.codes.OK for status, _ in answers),
        cpu_ms=per_request(before, after, len(answers)),
    )


async def _ask(url: str, files: Sequence[bytes], deadline: float) -> list[tuple[int, float]]:
    """Ask once at least, and until the deadline: status and latency of each request."""
    answers: list[tuple[int, float]] = []
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        for file in cycle(files):
            began = time.monotonic()
            response = await http.post("/speakers/identify", files={"file": file})
            answers.append((response.status_code, (time.monotonic() - began) * 1000))
            if time.monotonic() > deadline:
                break
    return answers


async def _talk(urls: Sequence[str], sessions: int, script: Script) -> None:
    if sessions:
        await call(urls, sessions, script, interim=True, parameters=Parameters())


def _script(seconds: float) -> Script:
    speech = np.concatenate([speech_only(recording) for recording in recordings()[:10]])
    return write_script(with_pauses(short_pieces(speech)), RAMP_S + seconds, Parameters())


def shares(files: Sequence[bytes], callers: int) -> list[Sequence[bytes]]:
    """The files dealt out, so that no two callers send the same one."""
    return [files[number::callers] for number in range(callers)]


def per_request(
    before: dict[str, Usage], after: dict[str, Usage], requests: int
) -> dict[str, float]:
    """Processor time of each kind by the number of requests in between, milliseconds."""
    return {
        kind: 1000 * (usage.cpu_s - before[kind].cpu_s) / max(1, requests)
        for kind, usage in after.items()
    }
