"""The registry as gateways meet it: a real worker process, behind a real Redis."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from contract.celery_app import make_celery
from contract.heartbeats import Heartbeat
from contract.names import (
    RESULTS_STREAM,
    Queue,
    TaskName,
    answer_key,
    ledger_key,
    upload_key,
    workers_key,
)
from contract.speakers import Answer, Delete, Identified, Identify, Question, Register, parse_answer
from contract.work import Failed, Recalled, RecallJob, Stage, parse_result
from tests.support.waiting import eventually

Ask = Callable[[Question], Answer]


@pytest.fixture
def worker(redis_url: str, redis_client: redis.Redis) -> Iterator[None]:
    """A diarization worker with its real models."""
    environment = os.environ | {"REDIS_URL": redis_url, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "diarization_worker"]
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603
        try:
            eventually(lambda: process.poll() is not None or beats(redis_client), timeout_s=100)
            assert process.poll() is None, "the worker ended at once"
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


def beats(client: redis.Redis) -> list[Heartbeat]:
    entries: dict[bytes, bytes] = client.hgetall(workers_key(Stage.DIARIZATION.value))  # type: ignore[assignment]
    return [Heartbeat.model_validate_json(entry) for entry in entries.values()]


@pytest.mark.data
@pytest.mark.timeout(200)
def test_voices_are_registered_identified_recalled_and_forgotten(
    speech_data: Path, redis_url: str, redis_client: redis.Redis, worker: None
) -> None:
    celery = make_celery("test", redis_url)
    speakers = {
        folder.name: sorted(folder.glob("*.flac"))
        for folder in sorted((speech_data / "speech/en/librispeech").iterdir())[:3]
        if folder.is_dir()
    }
    one, two = list(speakers)[:2]

    def ask(question: Question) -> Answer:
        key = answer_key("q")
        body = {"answer_key": key, "question": question.model_dump(mode="json")}
        celery.send_task(TaskName.SPEAKERS.value, args=[body], queue=Queue.SPEAKERS.value)
        eventually(lambda: redis_client.exists(key), timeout_s=60)
        return parse_answer(redis_client.lpop(key))  # type: ignore[arg-type]

    def upload(file: Path) -> str:
        redis_client.set(upload_key("q", 0), file.read_bytes(), ex=60)
        return upload_key("q", 0)

    def identify(who: str) -> Identified:
        answer = ask(Identify(upload=upload(speakers[who][1])))
        assert isinstance(answer, Identified), answer
        return answer

    def recall(utterance_id: int, *ids: str) -> None:
        job = RecallJob(session_id="s1", utterance_id=utterance_id, speakers=list(ids))
        redis_client.hset(ledger_key("s1"), str(utterance_id), job.model_dump_json())
        celery.send_task(
            TaskName.RECALL.value,
            args=[job.model_dump(mode="json")],
            queue=Queue.DIARIZATION.value,
        )
        eventually(lambda: redis_client.xlen(RESULTS_STREAM) == utterance_id, timeout_s=30)

    for who in (one, two):
        answer = ask(Register(speaker_id=f"reader-{who}", uploads=[upload(speakers[who][0])]))
        assert answer.kind == "registered", answer
    assert [identify(who).speaker_id for who in (one, two)] == [f"reader-{one}", f"reader-{two}"]

    recall(1, f"reader-{two}", f"reader-{one}")
    assert ask(Delete(speaker_id=f"reader-{one}")).kind == "deleted"
    recall(2, f"reader-{two}", f"reader-{one}")
    entries: list[tuple[bytes, dict[bytes, bytes]]] = redis_client.xrange(RESULTS_STREAM)  # type: ignore[assignment]
    recalled, failed = (parse_result(fields[b"result"]) for _, fields in entries)
    assert isinstance(recalled, Recalled)
    assert [voice.speaker_id for voice in recalled.voices] == [0, 1]
    assert isinstance(failed, Failed)
    assert (failed.code, f"reader-{one}" in failed.message) == ("SPEAKER_UNKNOWN", True)

    left = identify(one)
    assert (left.known, [c.speaker_id for c in left.candidates]) == (False, [f"reader-{two}"])
    assert ask(Delete(speaker_id=f"reader-{two}")).kind == "deleted"
    redis_client.delete(RESULTS_STREAM, ledger_key("s1"))  # what the test itself asked for
    kept = {key: redis_client.dump(key) or b"" for key in redis_client.scan_iter()}
    assert not any(b"reader-" in key or b"reader-" in data for key, data in kept.items())
    assert not any(key.startswith((b"upload:", b"answer:")) for key in kept)
