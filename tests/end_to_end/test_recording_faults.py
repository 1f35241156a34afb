"""Whatever dies while a recording is in work, it comes to its result."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import redis
import soundfile

from contract.names import OPEN_JOBS, job_done_key, job_key
from local_stack.stack import Stack
from tests.end_to_end.test_faults import SLOW
from tests.support.sounds import silence, syllables
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(300)

PIECES = 36
SLOWER = {
    **SLOW,
    "STT_BATCH_SIZE": "1",
    "SEGMENTATION_MODEL": "bench.instant:InstantSegmenter",
    "PIECE_SECONDS": "3",
    "JOB_TTL": "60",
}


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("talk") / "talk.flac"
    parts = [part for n in range(PIECES) for part in (syllables(1.5, n), silence(2.2))]
    soundfile.write(path, np.concatenate(parts), 16_000)
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, talk: Path, store: Path) -> Iterator[Stack]:
    replicas = {"stt_worker": 2, "media_worker": 2}
    environment = {**SLOWER, "MEDIA_ROOT": str(talk.parent), "MEDIA_JOBS": "1"}
    environment["MEDIA_STORE"] = str(store)
    with Stack(tmp_path_factory.mktemp("stack"), environment, replicas) as running:
        running.wait_ready(timeout_s=90)
        yield running


def begin(stack: Stack, **wanted: Any) -> str:
    body = {"video_path": "talk.flac", **wanted}
    answer = httpx.post(f"{stack.url()}/api/upload-video/process-video", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def state(stack: Stack, job_id: str) -> dict[str, Any]:
    """How a job stands; a gateway that was killed is waited for."""
    with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
        answer: dict[str, Any] = client.get(f"{stack.url()}/jobs/{job_id}").json()
    return answer


def result(stack: Stack, job_id: str) -> dict[str, Any]:
    ended = {"completed", "failed", "cancelled"}
    eventually(lambda: state(stack, job_id)["status"] in ended, timeout_s=90)
    shown = state(stack, job_id)
    assert shown["status"] == "completed", shown
    found: dict[str, Any] = shown["result"]
    del found["metadata"]
    return found


@pytest.fixture(scope="module")
def undisturbed(stack: Stack) -> dict[str, Any]:
    """What comes out when nothing dies."""
    return result(stack, begin(stack))


@pytest.mark.parametrize(
    "victim", ["stt_worker", "diarization_worker", "analyzer_worker", "gateway", "listener"]
)
def test_a_killed_process_costs_a_retry(
    stack: Stack, undisturbed: dict[str, Any], victim: str
) -> None:
    job_id = begin(stack)
    with redis.Redis.from_url(stack.redis_url) as client:
        eventually(lambda: client.hlen(job_done_key(job_id)) >= 5, timeout_s=30)
        stack.kill(victim)
        assert result(stack, job_id) == undisturbed


def test_a_killed_owner_is_followed_by_one_who_goes_on_from_the_pieces_done(
    stack: Stack, undisturbed: dict[str, Any]
) -> None:
    job_id = begin(stack)
    with redis.Redis.from_url(stack.redis_url) as client:
        eventually(lambda: client.hlen(job_done_key(job_id)) >= 10, timeout_s=30)
        before = state(stack, job_id)["progress"]
        for index in range(2):
            stack.kill("media_worker", index)
        done = client.hlen(job_done_key(job_id))
        assert done >= 10
        found = result(stack, job_id)
        assert found == undisturbed
        assert state(stack, job_id)["progress"] >= before
    logs = "".join(stack.log("media_worker", index).read_text() for index in range(2))
    assert "going on with a recording that is decoded and cut already" in logs


def test_a_worker_that_is_told_to_stop_leaves_its_job_to_another(
    stack: Stack, undisturbed: dict[str, Any]
) -> None:
    job_id = begin(stack)
    with redis.Redis.from_url(stack.redis_url) as client:
        eventually(lambda: client.hlen(job_done_key(job_id)) >= 5, timeout_s=30)
        for index in range(2):
            stack.kill("media_worker", index, signal.SIGTERM)
        assert result(stack, job_id) == undisturbed


def test_a_restart_of_redis_is_survived(stack: Stack, undisturbed: dict[str, Any]) -> None:
    job_id = begin(stack)
    with redis.Redis.from_url(stack.redis_url) as client:
        eventually(lambda: client.hlen(job_done_key(job_id)) >= 5, timeout_s=30)
    stack.restart_redis()
    assert result(stack, job_id) == undisturbed


def test_cancelling_stops_everything_within_two_seconds(stack: Stack, store: Path) -> None:
    job_id = begin(stack)
    with redis.Redis.from_url(stack.redis_url) as client:
        eventually(lambda: client.hlen(job_done_key(job_id)) >= 3, timeout_s=30)
        asked = time.monotonic()
        answer = httpx.delete(f"{stack.url()}/jobs/{job_id}").json()
        assert answer["status"] == "cancelled"
        assert client.zcard(OPEN_JOBS) == 0
        eventually(lambda: not client.keys(f"lease:job:{job_id}*"), timeout_s=2)
        eventually(lambda: not client.keys(f"audio:job:{job_id}*"), timeout_s=2)
        assert time.monotonic() - asked < 2.5
        assert not client.exists(job_done_key(job_id))
        assert client.exists(job_key(job_id))
    eventually(lambda: not (store / job_id).exists())


def test_a_caller_who_leaves_cancels(stack: Stack) -> None:
    with redis.Redis.from_url(stack.redis_url) as client:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{stack.url()}/transcribe", json={"video_path": "talk.flac"}, timeout=1.5)
        eventually(lambda: client.zcard(OPEN_JOBS) == 0, timeout_s=10)
