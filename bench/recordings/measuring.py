"""One recording through a stack of its own: how long each step takes, and what it takes of the
machine."""

import hashlib
import itertools
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import soundfile

from bench.experiments import short_utterances
from bench.speech import recordings
from bench.trial import Bench, Trial
from bench.usage import PROC, measure
from contract.audio import SAMPLE_RATE
from contract.parameters import Parameters
from local_stack.stack import Stack

PAUSE_S: Final = 1.0
TEXT: Final = "And so my fellow Americans ask not what your country can do for you"

LIVE_S: Final = 120.0
LIVE_MINUTES: Final = 30.0
"""Of the recording beside live speech: more than can be done meanwhile."""

FIRST_KILL: Final = 15
"""Percent of the job at which the first process is killed."""

BETWEEN_KILLS: Final = 8

RECONNECT_S: Final = 0.2

WATCHED: Final = (
    "media_worker",
    "stt_worker",
    "diarization_worker",
    "analyzer_worker",
    "gateway",
    "redis",
)


@dataclass
class Findings:
    """What one recording cost."""

    minutes: float
    engine: str
    workers: int
    """STT workers."""
    wall_s: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)
    """Seconds of each step, as the job's messages name them."""
    longest_wait_s: float = 0.0
    """Between two changes of the job's state."""
    cpu_s: dict[str, list[float]] = field(default_factory=dict)
    """Processor time of each process."""
    peak_mb: dict[str, list[float]] = field(default_factory=dict)
    """Largest resident memory of each process, MB (1,000,000 bytes)."""
    killed: list[str] = field(default_factory=list)
    """Processes killed meanwhile; processor time is not told then."""
    words: int = 0
    digest: str = ""
    """Of who said which words: the same for the same recording, whatever was killed."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Latency of live speech of one session, alone and beside a recording in work: median, 95th
    percentile and longest, ms. The first utterance comes while nobody knows yet that people talk,
    and may wait for the piece in hand."""

    engine: str
    workers: int
    alone: tuple[float, float, float]
    beside: tuple[float, float, float]
    recording: str
    """How far the recording came meanwhile."""


def run(engine: str, workers: int, minutes: list[float], victims: list[str]) -> Iterator[Findings]:
    """Recordings of so many minutes, one after the other, through one stack; one process of each
    of the `victims` is killed during each of them."""
    with _stack(engine, workers) as (stack, place):
        for length in minutes:
            _write(place / "talk.flac", length)
            yield _measure(stack, Findings(length, engine, workers), victims)


def measure_live(engine: str, workers: int) -> Neighbours:
    """Speak in one session, alone, then while a recording is in work."""
    script = short_utterances(LIVE_S)
    with _stack(engine, workers) as (stack, place):
        _write(place / "talk.flac", LIVE_MINUTES)
        bench = Bench(stack, Parameters())
        alone = _latency(bench.run(1, script, interim=False))
        job_id = _begin(stack.url())
        beside = _latency(bench.run(1, script, interim=False))
        state = httpx.get(f"{stack.url()}/jobs/{job_id}").json()
        httpx.delete(f"{stack.url()}/jobs/{job_id}")
    return Neighbours(engine, workers, alone, beside, f"{state['status']}, {state['progress']}%")


def _latency(trial: Trial) -> tuple[float, float, float]:
    figures = [sample.latency_ms["total"] for sample in trial.samples]
    p50, p95 = np.quantile(figures, [0.5, 0.95])
    return float(p50), float(p95), max(figures)


@contextmanager
def _stack(engine: str, workers: int) -> Iterator[tuple[Stack, Path]]:
    """A stack that is ready, and the folder that it takes recordings from."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        environment = {
            **os.environ,
            **_engine(engine, place),
            "MEDIA_ROOT": folder,
            "MAX_RECORDING_S": "14400",
        }
        with Stack(place / "run", environment, {"stt_worker": workers}) as stack:
            stack.wait_ready(timeout_s=300)
            yield stack, place


def _begin(url: str) -> str:
    """The id of a job on the recording."""
    body = {"video_path": "talk.flac", "language": "en"}
    answer = httpx.post(f"{url}/api/upload-video/process-video", json=body)
    return str(answer.json()["job_id"])


def _measure(stack: Stack, findings: Findings, victims: list[str]) -> Findings:
    before = _processor_time(stack)
    started = changed = step_began = time.monotonic()
    step = ""
    url = stack.url()
    job_id = _begin(url)
    due = {FIRST_KILL + number * BETWEEN_KILLS: name for number, name in enumerate(victims)}
    for state in _states(f"{url}/jobs/{job_id}/events"):
        now = time.monotonic()
        findings.longest_wait_s = round(max(findings.longest_wait_s, now - changed), 1)
        changed = now
        name = state["message_en"].partition(" (")[0]
        if name != step:
            if step:
                spent = findings.steps.get(step, 0.0) + now - step_began
                findings.steps[step] = round(spent, 2)
            step, step_began = name, now
        for progress in [progress for progress in due if progress <= state["progress"]]:
            victim = due.pop(progress)
            stack.kill(victim)
            findings.killed.append(victim)
    findings.wall_s = round(time.monotonic() - started, 1)
    if not victims:
        after = _processor_time(stack)
        findings.cpu_s = {
            role: [
                round(now - then, 1) for now, then in zip(after[role], before[role], strict=True)
            ]
            for role in WATCHED
        }
    pids = {name: stack.processes(name) for name in WATCHED}
    findings.peak_mb = {name: [_peak_mb(pid) for pid in its] for name, its in pids.items()}
    result = httpx.get(f"{url}/jobs/{job_id}/result", timeout=60).json()
    said = [
        (segment["speaker"]["speaker_id"], word["word"])
        for segment in result["segments"]
        for word in segment["words"]
    ]
    findings.words = len(said)
    findings.digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]
    return findings


def _processor_time(stack: Stack) -> dict[str, list[float]]:
    """Of each process so far, seconds."""
    pids = {f"{name} {pid}": [pid] for name in WATCHED for pid in stack.processes(name)}
    usage = measure(pids)
    return {
        name: [usage[f"{name} {pid}"].cpu_s for pid in stack.processes(name)] for name in WATCHED
    }


def _states(address: str) -> Iterator[dict[str, Any]]:
    """How the job stands, whenever that changes, to its end; a killed gateway is waited for."""
    while True:
        try:
            with httpx.stream("GET", address, timeout=60) as stream:
                for line in stream.iter_lines():
                    if line.startswith("data: "):
                        yield json.loads(line.removeprefix("data: "))
            return
        except httpx.TransportError:
            time.sleep(RECONNECT_S)


def _peak_mb(pid: int) -> float:
    """VmHWM of /proc/PID/status."""
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM"))
    return round(int(peak.split()[1]) * 1024 / 1e6, 0)


def _engine(engine: str, folder: Path) -> dict[str, str]:
    if engine == "pocketsphinx":
        return {"STT_ENGINE": "pocketsphinx"}
    if engine == "instant":
        return {"STT_ENGINE": "bench.instant:InstantRecogniser"}
    from tests.support.whisper_checkpoint import write_openai_checkpoint

    return {"STT_MODEL": str(write_openai_checkpoint(folder / "made.pt", TEXT))}


def _write(path: Path, minutes: float) -> None:
    """Real speech with pauses, over and over."""
    left = round(minutes * 60 * SAMPLE_RATE)
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE), np.int16)
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 1, "PCM_16") as file:
        for samples in itertools.cycle(recordings()):
            block = np.concatenate([samples, pause])[:left]
            file.write(block)
            left -= len(block)
            if left <= 0:
                return
