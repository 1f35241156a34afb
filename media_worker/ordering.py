"""Parts of a job, ordered from other workers until each is answered.

What the ledger of a session is to utterances (docs/adr/0001), this is to the parts of a recording:
an order that is in nobody's hands is sent again; what is answered stays answered, also for the next
owner of the job.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from contract.errors import PermanentError
from contract.heartbeats import living
from contract.jobs import Part, PartAnswer, PartFailed, parse_part_answer
from contract.names import (
    Queue,
    TaskName,
    job_attempts_key,
    job_done_key,
    job_moved_key,
    job_owed_key,
    job_wake_key,
    part_lease_key,
    workers_key,
)
from contract.work import Stage

log = logging.getLogger(__name__)

PIECES_IN_FLIGHT: Final = 8
"""For each living worker: enough for a batch. Each holds up to 1 MB of audio in Redis."""

WAKE_S: Final = 0.5
"""How long nothing may be heard before looking again."""

LOOK_S: Final = 1.0
HANDED_BACK_S: Final = 1.0
LOST_S: Final = 1.0
FIRST_PATIENCE_S: Final = 4.0
LONGEST_PATIENCE_S: Final = 32.0

OWED_TTL_S: Final = 86_400
"""Of a job's keys, should nobody be left to end it."""

Moved = Callable[[float, int, int], None]
"""Told how much is done: the share of all weight, and how many of the pieces."""


class PartFailedError(PermanentError):
    """A part that a worker could not do; the code is its own."""

    def __init__(self, failed: PartFailed) -> None:
        super().__init__(failed.message)
        self.failed = failed


@dataclass(frozen=True, slots=True)
class Order:
    """A part, and how it is sent."""

    part: Part
    task: TaskName
    queue: Queue
    audio: Callable[[], bytes] | None = None
    """Makes the audio that is put under `audio_key` as long as the order is on its way."""
    audio_key: str = ""
    weight: float = 0.0
    """What its being done counts for progress."""


@dataclass(slots=True)
class _Flight:
    order: Order
    due: float
    """When to send it again, unless somebody has it in hand then."""
    patience: float
    seen: bool = False
    """Whether somebody had it in hand."""


class Ordering:
    """Orders of one job."""

    def __init__(
        self,
        client: redis.Redis,
        celery: Celery,
        job_id: str,
        check: Callable[[], None],
        moved: Moved,
    ) -> None:
        """`check` is called several times a second and ends the work by raising."""
        self._redis = client
        self._celery = celery
        self._job_id = job_id
        self._check = check
        self._moved = moved

    def fulfil(self, orders: Sequence[Order]) -> dict[str, PartAnswer]:
        """The answer of each part; raises PartFailedError for the first that can't be done."""
        names = {order.part.part for order in orders}
        answers = {name: its for name, its in self._answered().items() if name in names}
        for answer in answers.values():
            _refuse_failed(answer)
        waiting = deque(order for order in orders if order.part.part not in answers)
        flying: dict[str, _Flight] = {}
        self._redis.delete(job_wake_key(self._job_id))
        looked_at = 0.0
        try:
            while waiting or flying:
                self._check()
                self._tell(orders, answers)
                room = PIECES_IN_FLIGHT * self._workers()
                while waiting and len(flying) < room:
                    order = waiting.popleft()
                    self._send(order)
                    due = time.monotonic() + FIRST_PATIENCE_S
                    flying[order.part.part] = _Flight(order, due, FIRST_PATIENCE_S)
                woken: list[bytes] | None = self._redis.blpop(  # type: ignore[assignment]
                    [job_wake_key(self._job_id)], timeout=WAKE_S
                )
                for name, answer in self._collect(list(flying)).items():
                    self._land(flying.pop(name).order)
                    answers[name] = answer
                    _refuse_failed(answer)
                if woken and (flight := flying.get(woken[1].decode())):
                    flight.due = time.monotonic() + HANDED_BACK_S
                if time.monotonic() - looked_at > LOOK_S:
                    looked_at = time.monotonic()
                    self._look(flying)
        finally:
            for flight in flying.values():
                self._land(flight.order)
        self._tell(orders, answers)
        return answers

    def _answered(self) -> dict[str, PartAnswer]:
        found: dict[bytes, bytes] = self._redis.hgetall(job_done_key(self._job_id))  # type: ignore[assignment]
        return {name.decode(): parse_part_answer(data) for name, data in found.items()}

    def _collect(self, names: list[str]) -> dict[str, PartAnswer]:
        if not names:
            return {}
        found: list[bytes | None] = self._redis.hmget(job_done_key(self._job_id), names)  # type: ignore[assignment]
        return {
            name: parse_part_answer(data)
            for name, data in zip(names, found, strict=True)
            if data is not None
        }

    def _send(self, order: Order) -> None:
        part = order.part
        if order.audio is not None:
            self._redis.set(order.audio_key, order.audio(), ex=OWED_TTL_S)
        with self._redis.pipeline(transaction=True) as pipe:
            for key in (job_owed_key(self._job_id), job_done_key(self._job_id)):
                pipe.expire(key, OWED_TTL_S)
            pipe.hset(job_owed_key(self._job_id), part.part, part.model_dump_json())
            pipe.expire(job_attempts_key(self._job_id), OWED_TTL_S)
            pipe.execute()
        try:
            self._celery.send_task(
                order.task.value, args=[part.model_dump(mode="json")], queue=order.queue.value
            )
        except OperationalError as error:
            log.warning("%s not sent, as Redis does not answer: %s", part.part, error)

    def _land(self, order: Order) -> None:
        if order.audio_key:
            self._redis.unlink(order.audio_key)

    def _look(self, flying: dict[str, _Flight]) -> None:
        """Send again what is overdue and in nobody's hands."""
        if not flying:
            return
        names = list(flying)
        leases: list[bytes | None] = self._redis.mget(  # type: ignore[assignment]
            [part_lease_key(self._job_id, name) for name in names]
        )
        now = time.monotonic()
        for name, lease in zip(names, leases, strict=True):
            flight = flying[name]
            if lease is not None:
                flight.seen, flight.due = True, now + LOST_S
            elif now >= flight.due:
                log.info("%s is in nobody's hands: ordered again", name)
                self._send(flight.order)
                flight.patience = min(2 * flight.patience, LONGEST_PATIENCE_S)
                flight.seen, flight.due = False, now + flight.patience

    def _tell(self, orders: Sequence[Order], answers: dict[str, PartAnswer]) -> None:
        moved: dict[bytes, bytes] = self._redis.hgetall(job_moved_key(self._job_id))  # type: ignore[assignment]
        total = sum(order.weight for order in orders) or 1.0
        done = 0.0
        for order in orders:
            name = order.part.part
            share = 1.0 if name in answers else float(moved.get(name.encode(), 0.0))
            done += order.weight * share
        pieces = [order for order in orders if order.audio is not None]
        heard = sum(order.part.part in answers for order in pieces)
        self._moved(done / total, heard, len(pieces))

    def _workers(self) -> int:
        beats: dict[bytes, bytes] = self._redis.hgetall(workers_key(Stage.STT.value))  # type: ignore[assignment]
        return max(1, len(living(beats)))


def _refuse_failed(answer: PartAnswer) -> None:
    if isinstance(answer, PartFailed):
        raise PartFailedError(answer)
