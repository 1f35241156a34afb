"""Which jobs this process has in hand: it takes open ones that nobody has, and ends them."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

import redis
from redis.exceptions import RedisError

from contract.errors import JobCancelledError, SoriError
from contract.jobs import JobError
from contract.logs import log_context
from contract.names import JOBS_WAKE, OPEN_JOBS, job_lease_key
from media_store import MediaStore
from media_worker.conducting import Conductor
from media_worker.job import Job, NotMineError, job_place
from media_worker.ordering import PartFailedError
from media_worker.settings import MediaSettings
from worker_runtime.leases import MAX_ATTEMPTS, Leases, too_often

log = logging.getLogger(__name__)

IDLE_S: Final = 1.0
"""How long an idle worker sleeps before it looks for jobs that somebody left."""

LOOKED_AT: Final = 200
"""Open jobs that a worker looks at, oldest first, for one that nobody has."""


class Owner:
    """One thread of a media worker: one job after the other."""

    def __init__(
        self,
        client: redis.Redis,
        store: MediaStore,
        leases: Leases,
        conductor: Conductor,
        settings: MediaSettings,
        stopping: threading.Event,
    ) -> None:
        self._redis = client
        self._store = store
        self._leases = leases
        self._conductor = conductor
        self._settings = settings
        self._stopping = stopping

    def run(self) -> None:
        """Serve until told to stop, across outages of Redis."""
        while not self._stopping.is_set():
            try:
                if not self._take_one():
                    self._redis.blpop([JOBS_WAKE], timeout=IDLE_S)
            except RedisError as error:
                log.warning("Redis does not answer, trying again: %s", error)
                self._stopping.wait(IDLE_S)

    def _take_one(self) -> bool:
        """See to one job, if there is one that nobody has in hand."""
        ids: list[bytes] = self._redis.zrange(OPEN_JOBS, 0, LOOKED_AT - 1)  # type: ignore[assignment]
        if not ids:
            return False
        names = [job_id.decode() for job_id in ids]
        leases: list[bytes | None] = self._redis.mget(map(job_lease_key, names))  # type: ignore[assignment]
        for job_id, lease in zip(names, leases, strict=True):
            if lease is None and (attempt := self._leases.take(job_place(job_id))):
                with log_context(job_id=job_id):
                    self._see_through(job_id, attempt)
                return True
        return False

    def _see_through(self, job_id: str, attempt: int) -> None:
        place, left = job_place(job_id), False
        try:
            job = Job(
                self._redis,
                self._store,
                job_id,
                ttl_s=self._settings.job_ttl,
                timeout_s=self._settings.job_timeout,
                mine=self._leases.holds,
                stopping=self._stopping,
            )
            self._do(job, attempt)
        except NotMineError as error:
            log.info("left: %s", error)
            left = self._stopping.is_set()
        finally:
            self._leases.let_go(place, ended_well=left)

    def _do(self, job: Job, attempt: int) -> None:
        started = time.monotonic()
        try:
            if attempt > MAX_ATTEMPTS:
                raise too_often("the recording")
            result = self._conductor.conduct(job)
            job.complete(result)
            self._clear(job)
            log.info("completed in %.1f s", time.monotonic() - started)
        except (NotMineError, RedisError):
            raise  # whoever has the job, or takes it next, goes on with what is there
        except JobCancelledError:
            self._clear(job)
            log.info("cancelled")
        except Exception as error:  # the job ends with a reason, and its worker goes on
            told = _told(error)
            log.warning("failed: %s: %s", told.code, told.message)
            job.fail(told)
            self._clear(job)

    def _clear(self, job: Job) -> None:
        try:
            self._conductor.clear(job)
        except SoriError as error:
            log.warning("files of the recording may be left: %s", error)


def _told(error: Exception) -> JobError:
    match error:
        case PartFailedError(failed=failed):
            return JobError(code=failed.code, message=failed.message)
        case SoriError():
            return JobError(code=error.code, message=str(error))
        case _:
            log.exception("a recording failed in a way that nobody foresaw")
            return JobError(code=SoriError.code, message="the server failed; its log says why")


def in_threads(count: int, run: Callable[[], None], name: str) -> list[threading.Thread]:
    """Start `run` on so many threads."""
    threads = [threading.Thread(target=run, name=f"{name}-{n}", daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    return threads
