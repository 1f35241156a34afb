"""A job as its owner sees it: still wanted? how far? with which result?"""

import math
import threading
import time
from collections.abc import Callable
from typing import Final

import redis

from contract.errors import JobCancelledError, JobTimeoutError, SoriError
from contract.job_changes import CHANGE, change_args, change_keys
from contract.job_results import LARGEST_IN_REDIS, packed
from contract.jobs import ENDED, JobError, JobRequest, JobStatus, Plan
from contract.names import (
    job_attempts_key,
    job_key,
    job_lease_key,
    job_result_key,
)
from media_store import RESULT, MediaStore
from worker_runtime.leases import Place

LOOK_S: Final = 0.3
"""How often an owner looks whether its job is still wanted, seconds."""

Words = tuple[str, str]
"""Something said in Korean and in English."""


class NotMineError(SoriError):
    """The job is another worker's by now, or this worker is to stop."""


def job_place(job_id: str) -> Place:
    """Where in Redis stands who has a job in hand."""
    return Place(
        ledger=job_key(job_id),
        entry="request",
        lease=job_lease_key(job_id),
        attempts=job_attempts_key(job_id),
        count="job",
    )


class Job:
    """One job in hand. Its methods may be called from one thread."""

    def __init__(
        self,
        client: redis.Redis,
        store: MediaStore,
        job_id: str,
        *,
        ttl_s: int,
        timeout_s: float,
        mine: Callable[[str], bool],
        stopping: threading.Event,
    ) -> None:
        """`mine` tells whether this process still holds the job's lease."""
        self.job_id = job_id
        self._redis = client
        self._store = store
        self._ttl_s = ttl_s
        self._mine = mine
        self._stopping = stopping
        self._change = client.register_script(CHANGE)
        fields: dict[bytes, bytes] = client.hgetall(job_key(job_id))  # type: ignore[assignment]
        if JobStatus(fields[b"status"].decode()) in ENDED:
            raise NotMineError(f"{job_id} has ended already")
        self.request = JobRequest.model_validate_json(fields[b"request"])
        self.created = float(fields[b"created"])
        plan = fields.get(b"plan")
        self.plan = Plan.model_validate_json(plan) if plan else None
        self._deadline = self.created + timeout_s
        self._looked_at = 0.0
        self._said: tuple[float, Words] | None = None

    def check(self) -> None:
        """Raises JobCancelledError, JobTimeoutError, or NotMineError; else does nothing."""
        if self._stopping.is_set():
            raise NotMineError("this worker stops")
        if time.monotonic() - self._looked_at < LOOK_S:
            return
        self._looked_at = time.monotonic()
        if not self._mine(job_lease_key(self.job_id)):
            raise NotMineError(f"{self.job_id} is in other hands")
        status: bytes | None = self._redis.hget(job_key(self.job_id), "status")  # type: ignore[assignment]
        if status is None or JobStatus(status.decode()) in ENDED:
            raise JobCancelledError(f"{self.job_id} was cancelled")
        if time.time() > self._deadline:
            raise JobTimeoutError("the recording took longer than JOB_TIMEOUT")

    def move(self, progress: float, message: Words) -> None:
        """Say how far the job is, percent; what was said already is not said again."""
        said = (math.floor(progress * 10) / 10, message)
        if said != self._said:
            self._said = said
            self._set(JobStatus.PROCESSING, *said)

    def remember(self, plan: Plan) -> None:
        """Keep the plan for the next owner."""
        self.plan = plan
        self._redis.hset(job_key(self.job_id), "plan", plan.model_dump_json())

    def complete(self, result: str) -> None:
        """The job has ended well, with a result in JSON."""
        data = packed(result)
        if len(data) <= LARGEST_IN_REDIS:
            self._redis.set(job_result_key(self.job_id), data, ex=self._ttl_s)
        else:
            with self._store.writing(self.job_id, RESULT) as file:
                file.write(data)
        self._set(JobStatus.COMPLETED, 100, ("완료되었습니다", "completed"))

    def fail(self, error: JobError) -> None:
        """The job can't be done."""
        self._set(JobStatus.FAILED, 0, ("실패했습니다", "failed"), error)

    def _set(
        self, status: JobStatus, progress: float, message: Words, error: JobError | None = None
    ) -> None:
        args = change_args(self.job_id, time.time(), self._ttl_s, status, progress, message, error)
        self._change(change_keys(self.job_id), args)
