import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from contract.job_changes import CHANGE, CREATE, change_args, change_keys, create_args, create_keys
from contract.jobs import JobError, JobRequest, JobStatus, Location
from contract.names import DUE_CALLBACKS
from media_store import MediaStore
from media_worker import callbacks
from media_worker.callbacks import Herald, signature
from media_worker.places import Places
from tests.support.callbacks import Receiver, receiving
from tests.support.waiting import eventually

ALLOWED = ["127.0.0.1"]


@pytest.fixture
def web() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def herald(client: redis.Redis, store: Path, allowed: list[str] = ALLOWED) -> Herald:
    return Herald(client, MediaStore(str(store)), Places(allowed), "secret", threading.Event())


def create(client: redis.Redis, url: str) -> None:
    request = JobRequest(source=Location(at="a"), language="en", callback_url=url)
    args = create_args("one", request, 10, time.time())
    assert client.register_script(CREATE)(create_keys("one"), args) == b"ok"


def change(client: redis.Redis, progress: int, status: JobStatus = JobStatus.PROCESSING) -> bytes:
    error = JobError(code="CANCELLED", message="x") if status is JobStatus.CANCELLED else None
    args = change_args("one", time.time(), 60, status, progress, ("가", "a"), error)
    answer: bytes = client.register_script(CHANGE)(change_keys("one"), args)
    return answer


def told(web: Receiver) -> list[tuple[str, int]]:
    bodies = [json.loads(each.body) for each in web.received]
    return [(body["status"], body["progress"]) for body in bodies]


def test_progress_never_goes_back_and_the_end_is_told(
    redis_client: redis.Redis, web: Receiver, tmp_path: Path
) -> None:
    create(redis_client, web.url)
    sender = herald(redis_client, tmp_path)
    assert not sender.tell_one()
    for progress in (10, 5):
        assert change(redis_client, progress) == b"ok"
        eventually(sender.tell_one)
    assert change(redis_client, 0, JobStatus.CANCELLED) == b"ok"
    eventually(sender.tell_one)
    assert told(web) == [("processing", 10), ("processing", 10), ("failed", 10)]
    assert json.loads(web.received[-1].body)["error"]["code"] == "CANCELLED"
    assert not redis_client.exists(DUE_CALLBACKS)
    assert change(redis_client, 50) == b"cancelled"
    for each in web.received:
        assert each.headers["X-Sori-Signature"] == signature(b"secret", each.body)


def test_a_receiver_that_fails_is_tried_again_and_at_last_given_up(
    redis_client: redis.Redis, web: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "FIRST_DELAY_S", 0.05)
    monkeypatch.setattr(callbacks, "MAX_FAILURES", 3)
    web.answer = lambda _: (500, {}, b"")
    create(redis_client, web.url)
    change(redis_client, 10)
    sender = herald(redis_client, tmp_path)
    moments = []
    for _ in range(3):
        eventually(sender.tell_one)
        moments.append(time.monotonic())
    assert moments[1] - moments[0] >= 0.05
    assert moments[2] - moments[1] >= 0.1
    assert not redis_client.exists(DUE_CALLBACKS)
    change(redis_client, 20)
    assert not sender.tell_one()


def test_two_heralds_send_one_callback(
    redis_client: redis.Redis, web: Receiver, tmp_path: Path
) -> None:
    create(redis_client, web.url)
    change(redis_client, 10)
    heralds = [herald(redis_client, tmp_path) for _ in range(3)]
    threads = [threading.Thread(target=each.tell_one) for each in heralds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told(web) == [("processing", 10)]


def test_private_addresses_are_never_called(
    redis_client: redis.Redis, web: Receiver, tmp_path: Path
) -> None:
    create(redis_client, web.url)
    change(redis_client, 10)
    sender = herald(redis_client, tmp_path, allowed=[])
    assert sender.tell_one()
    assert not web.received
    assert not redis_client.exists(DUE_CALLBACKS)


def test_a_redirect_is_not_followed(
    redis_client: redis.Redis, web: Receiver, tmp_path: Path
) -> None:
    web.answer = lambda request: (302, {"Location": f"{web.url}/elsewhere"}, b"")
    create(redis_client, web.url)
    change(redis_client, 10)
    herald(redis_client, tmp_path).tell_one()
    assert [request.path for request in web.received] == ["/"]
