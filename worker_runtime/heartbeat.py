"""A worker's pulse: says every second that it lives, and makes sure that it really takes tasks."""

import logging
import os
import threading
import time

import redis
from celery import Celery

from contract.heartbeats import STUCK_AFTER_S, Heartbeat, living
from contract.names import TaskName, workers_key
from worker_runtime.desk import Desk
from worker_runtime.talk import Talk

log = logging.getLogger(__name__)

BEAT_S = 1.0
PULSE_S = 5.0
"""A worker that took no task for this long is sent one, on a queue of its own."""


class Pulse:
    """The heartbeat thread of one worker process.

    Being alive is not enough: a consumer can lose its queues when Redis restarts and never take
    another task. So an idle worker sends itself a task; when none comes back for STUCK_AFTER_S
    while Redis answers, the process ends itself and its manager starts a fresh one.
    """

    def __init__(
        self,
        client: redis.Redis,
        celery: Celery,
        role: str,
        own_queue: str,
        beat: Heartbeat,
        desk: Desk,
        talk: Talk,
    ) -> None:
        self._redis = client
        self._celery = celery
        self._role = role
        self._own_queue = own_queue
        self._beat = beat
        self._desk = desk
        self._talk = talk
        self._consumed_at = beat.consumed_at
        self._tasks = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def consumed(self) -> None:
        """Note that a task began or ended."""
        self._consumed_at = time.time()

    def took(self, name: str) -> None:
        """Note which task began."""
        self.consumed()
        if name != TaskName.PULSE:
            self._tasks += 1

    def start(self) -> None:
        """Begin to beat, on a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Say goodbye, so that nobody waits for the heartbeat to go stale."""
        self._stop.set()
        self._thread.join(timeout=2 * BEAT_S)  # lest a last beat follow the goodbye
        self._redis.hdel(workers_key(self._role), self._beat.process_id)

    def _run(self) -> None:
        pulse_sent_at, answered_since = 0.0, time.time()
        while not self._stop.wait(BEAT_S):
            now = time.time()
            try:
                self._desk.renew_leases()
                self._say(now)
                # The first one at once: until it comes back, nobody knows whether tasks do.
                idle_since = self._consumed_at if self._consumed_at > self._beat.began_at else 0.0
                if now - max(idle_since, pulse_sent_at) > PULSE_S:
                    self._celery.send_task(
                        TaskName.PULSE, queue=self._own_queue, expires=STUCK_AFTER_S
                    )
                    pulse_sent_at = now
            except Exception as error:  # the heartbeat outlives every outage of Redis
                log.warning("no heartbeat: %s", error)
                answered_since = time.time()
                continue
            if now - max(self._consumed_at, answered_since) > STUCK_AFTER_S:
                log.critical("no task came back for %d s: ending this process", STUCK_AFTER_S)
                os._exit(70)

    def _say(self, now: float) -> None:
        beat = self._beat.model_copy(
            update={
                "at": now,
                "consumed_at": self._consumed_at,
                "tasks": self._tasks,
                "live_at": self._talk.tell(now),
            }
        )
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(workers_key(self._role), beat.process_id, beat.model_dump_json())
            pipe.hgetall(workers_key(self._role))
            _, beats = pipe.execute()
        self._talk.hear(living(beats, now), now)
