import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import redis

from contract.celery_app import make_celery
from contract.heartbeats import STUCK_AFTER_S, Heartbeat, living
from contract.names import TaskName, lease_key, ledger_key, workers_key
from contract.work import Stage
from tests.support.jobs import speech_job
from tests.support.redis_server import RedisServer
from tests.support.waiting import eventually
from worker_runtime import heartbeat
from worker_runtime.desk import Desk
from worker_runtime.heartbeat import PULSE_S, Pulse
from worker_runtime.talk import Talk

ROLE = Stage.STT.value
KEY = workers_key(ROLE)
OWN_QUEUE = "pulse:me"
BEFORE = 1000.0


@dataclass
class Clock:
    """The time as the heartbeat sees it; it stands still unless moved."""

    now: float = BEFORE
    read: threading.Event = field(default_factory=threading.Event)

    def time(self) -> float:
        self.read.set()
        return self.now

    def move(self, seconds: float) -> None:
        """Go on, and return when a whole beat has seen the new time."""
        self.now += seconds
        for _ in range(2):
            self.read.clear()
            assert self.read.wait(10)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock of the test's own, and beats that come without waiting."""
    stopped = Clock()
    monkeypatch.setattr(heartbeat, "time", stopped)
    monkeypatch.setattr(heartbeat, "BEAT_S", 0.005)
    return stopped


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The codes with which the process would have ended itself."""
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    return codes


Start = Callable[..., Pulse]


@pytest.fixture
def start(clock: Clock, exits: list[int]) -> Iterator[Start]:
    """Starts a heartbeat on a Redis by its URL."""
    started: list[tuple[Pulse, redis.Redis]] = []

    def begin(url: str, name: str = "me", talk: Talk | None = None) -> Pulse:
        client = redis.Redis.from_url(url)
        app = make_celery("test", url)
        app.conf.task_publish_retry = False
        beat = Heartbeat(process_id=name, at=clock.now, consumed_at=clock.now)
        desk = Desk(client, Stage.STT)
        pulse = Pulse(client, app, ROLE, OWN_QUEUE, beat, desk, talk or Talk())
        pulse.start()
        started.append((pulse, client))
        return pulse

    yield begin
    for pulse, client in started:
        pulse.stop()
        client.close()


def beats(client: redis.Redis, now: float) -> list[Heartbeat]:
    entries: dict[bytes, bytes] = client.hgetall(KEY)  # type: ignore[assignment]
    return living(entries, now)


def test_a_process_is_alive_until_it_says_goodbye(
    start: Start, clock: Clock, redis_url: str, redis_client: redis.Redis
) -> None:
    pulse = start(redis_url)
    eventually(lambda: beats(redis_client, BEFORE))
    clock.move(10)
    eventually(lambda: [beat.at for beat in beats(redis_client, BEFORE + 10)] == [BEFORE + 10])
    pulse.stop()
    assert redis_client.hgetall(KEY) == {}


def test_an_idle_worker_sends_itself_a_task_now_and_then(
    start: Start, clock: Clock, redis_url: str, redis_client: redis.Redis
) -> None:
    pulse = start(redis_url)
    clock.move(PULSE_S - 1)
    assert redis_client.llen(OWN_QUEUE) == 0
    clock.move(2)
    eventually(lambda: redis_client.llen(OWN_QUEUE) == 1)
    pulse.consumed()
    clock.move(PULSE_S - 1)
    assert redis_client.llen(OWN_QUEUE) == 1
    clock.move(2)
    eventually(lambda: redis_client.llen(OWN_QUEUE) == 2)


def test_a_worker_that_has_just_begun_sends_itself_a_task_at_once(
    clock: Clock, redis_url: str, redis_client: redis.Redis
) -> None:
    beat = Heartbeat(process_id="me", at=clock.now, consumed_at=clock.now, began_at=clock.now)
    desk = Desk(redis_client, Stage.STT)
    pulse = Pulse(redis_client, make_celery("test", redis_url), ROLE, OWN_QUEUE, beat, desk, Talk())
    pulse.start()
    eventually(lambda: redis_client.llen(OWN_QUEUE) == 1)
    clock.now += 1
    pulse.took(TaskName.PULSE)
    pulse.took(TaskName.TRANSCRIBE)
    eventually(lambda: [b.tasks for b in beats(redis_client, clock.now)] == [1])
    pulse.stop()


def test_a_worker_whose_tasks_stay_away_ends_itself(
    start: Start, clock: Clock, exits: list[int], redis_url: str
) -> None:
    pulse = start(redis_url)
    clock.move(STUCK_AFTER_S - 1)
    pulse.consumed()
    clock.move(STUCK_AFTER_S - 1)
    assert exits == []
    clock.move(2)
    eventually(lambda: 70 in exits)


def test_an_outage_of_redis_is_no_reason_to_end(
    redis_server: RedisServer, start: Start, clock: Clock, exits: list[int]
) -> None:
    start(redis_server.url)
    with redis.Redis.from_url(redis_server.url) as client:
        eventually(lambda: beats(client, BEFORE))
    redis_server.stop()
    clock.move(10 * STUCK_AFTER_S)
    redis_server.start()
    with redis.Redis.from_url(redis_server.url) as client:
        eventually(lambda: f'"at":{clock.now}'.encode() in bytes(client.hget(KEY, "me") or b""))
    assert exits == []
    clock.move(STUCK_AFTER_S + 1)
    eventually(lambda: 70 in exits)


def test_what_is_in_hand_stays_leased(
    redis_url: str, redis_client: redis.Redis, clock: Clock
) -> None:
    job = speech_job(3)
    redis_client.hset(ledger_key(job.session_id), str(job.utterance_id), job.model_dump_json())
    desk = Desk(redis_client, Stage.STT)
    beat = Heartbeat(process_id="me", at=clock.now, consumed_at=clock.now)
    pulse = Pulse(redis_client, make_celery("test", redis_url), ROLE, OWN_QUEUE, beat, desk, Talk())
    with desk.working_on(job):
        lease = lease_key(job.session_id, job.utterance_id)
        redis_client.pexpire(lease, 1000)
        pulse.start()
        eventually(lambda: redis_client.pttl(lease) > 1000)
        pulse.stop()


def test_workers_know_when_people_talk_to_one_of_them(start: Start, redis_url: str) -> None:
    spoken_to, other = Talk(), Talk()
    start(redis_url, "one", spoken_to)
    start(redis_url, "two", other)
    assert other.anywhere == -math.inf
    spoken_to.note()
    eventually(lambda: other.anywhere >= spoken_to.here - 0.1, timeout_s=10)
    assert other.here == -math.inf
    assert other.anywhere <= time.monotonic()
