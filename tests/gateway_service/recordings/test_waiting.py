"""What becomes of recordings while no media worker is alive."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis

from contract.heartbeats import Heartbeat
from contract.names import MEDIA, OPEN_JOBS, workers_key
from local_stack.services import GATEWAY, SERVICES
from local_stack.stack import Stack
from tests.support.waiting import eventually

BACKGROUND = "/api/upload-video/process-video"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A gateway without any worker."""
    alone = [service for service in SERVICES if service.name == GATEWAY]
    with Stack(Path(tmp_path_factory.mktemp("alone")), services=alone) as stack:
        with httpx.Client(base_url=stack.url()) as http:
            eventually(lambda: _waits(http), 60)
        yield stack


@pytest.fixture
def http(gateway: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.url(), timeout=30) as client:
        yield client


def _waits(http: httpx.Client) -> bool:
    """Whether the gateway listens, and has been without workers long enough to say so."""
    try:
        answer = http.post("/transcribe", json={"video_path": "a.wav"}, timeout=30)
    except httpx.TransportError:
        return False
    return answer.status_code == 503


@pytest.mark.parametrize("path", ["/transcribe", "/v1/audio/transcriptions"])
def test_who_waits_for_the_result_is_refused(http: httpx.Client, path: str) -> None:
    answer = http.post(path, files={"file": b"x" * 5_000_000}, data={"model": "whisper-1"})
    problem = answer.json().get("error") or answer.json()

    assert (answer.status_code, problem["code"]) == (503, "NO_WORKER")
    assert problem["message"] == "no media worker is alive"
    assert int(answer.headers["retry-after"]) > 0


def test_a_background_job_says_that_it_waits_and_for_whom(
    gateway: Stack, http: httpx.Client
) -> None:
    begun = http.post(BACKGROUND, json={"video_path": "a.wav", "job_id": "patient"})
    assert begun.status_code == 202
    assert begun.json()["message"] == "미디어 워커가 없어 기다리는 중"
    shown = http.get("/jobs/patient").json()
    assert (shown["status"], shown["progress"]) == ("queued", 0)
    assert shown["message_en"] == "waiting for a media worker: none is alive"

    with (
        redis.Redis.from_url(gateway.redis_url) as stored,
        http.stream("GET", "/jobs/patient/events") as stream,
    ):
        told = (
            json.loads(line.removeprefix("data: "))["message_en"]
            for line in stream.iter_lines()
            if line.startswith("data: ")
        )
        assert next(told) == "waiting for a media worker: none is alive"
        now = time.time()
        beat = Heartbeat(process_id="m", at=now, consumed_at=now).model_dump_json()
        stored.hset(workers_key(MEDIA), "m", beat)
        assert next(told) == "waiting for a worker"
        assert http.delete("/jobs/patient").json()["status"] == "cancelled"
        assert next(told) == "cancelled"
        assert next(told, None) is None
        assert stored.zcard(OPEN_JOBS) == 0
