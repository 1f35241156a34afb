"""Jobs as the gateway sees them: created, watched, cancelled, read."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from typing import Final, cast

from redis.asyncio import Redis

from contract.errors import (
    JobCancelledError,
    JobExistsError,
    JobUnfinishedError,
    JobUnknownError,
    ServerTooBusyError,
)
from contract.job_changes import (
    CHANGE,
    CREATE,
    change_args,
    change_keys,
    create_args,
    create_keys,
    state_of,
)
from contract.job_results import unpacked
from contract.jobs import (
    ENDED,
    JobError,
    JobFailedError,
    JobRequest,
    JobState,
    JobStatus,
    Upload,
)
from contract.names import job_changes_key, job_key, job_result_key
from media_store import RESULT, MediaStore

WAIT_MS: Final = 1000
"""How long to wait for a job's next change before looking around."""

WAITING: Final = (
    "미디어 워커가 없어 기다리는 중",
    "waiting for a media worker: none is alive",
)
"""How an open job stands that nobody can see to, whatever was said of it before."""

Entries = list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]


class Jobs:
    """All jobs of the server; any gateway may serve any job."""

    def __init__(
        self,
        redis: Redis,
        store: MediaStore,
        max_jobs: int,
        ttl_s: int,
        deserted: Callable[[], bool],
    ) -> None:
        """So many jobs may be open at once; one that has ended is kept for `ttl_s` seconds.

        `deserted` tells whether no media worker is alive.
        """
        self._redis = redis
        self._store = store
        self._max_jobs = max_jobs
        self._ttl_s = ttl_s
        self._deserted = deserted
        self._create = redis.register_script(CREATE)
        self._change = redis.register_script(CHANGE)

    async def create(self, job_id: str, request: JobRequest) -> JobState:
        """Have a recording analysed; raises JobExistsError or ServerTooBusyError."""
        args = create_args(job_id, request, self._max_jobs, time.time())
        answer = await self._create(keys=create_keys(job_id), args=args)
        if answer == b"exists":
            raise JobExistsError(f"there is a job {job_id} already")
        if answer == b"busy":
            raise ServerTooBusyError(f"{self._max_jobs} recordings wait already")
        return await self.state(job_id)

    async def state(self, job_id: str) -> JobState:
        """How a job stands; raises JobUnknownError."""
        state = state_of(job_id, await self._fields(job_id))
        if state is None:
            raise JobUnknownError(f"there is no job {job_id}")
        if state.status in ENDED or not self._deserted():
            return state
        return state.model_copy(update={"message": WAITING[0], "message_en": WAITING[1]})

    async def cancel(self, job_id: str) -> JobState:
        """Cancel a job, unless it has ended; either way this is how it stands."""
        error = JobError(code=JobCancelledError.code, message="cancelled")
        message = ("취소되었습니다", "cancelled")
        args = change_args(job_id, time.time(), self._ttl_s, JobStatus.CANCELLED, 0, message, error)
        answer = await self._change(keys=change_keys(job_id), args=args)
        if answer == b"ok":
            request = JobRequest.model_validate_json((await self._fields(job_id))[b"request"])
            if isinstance(request.source, Upload):
                await self.forget_upload(request.source)
        return await self.state(job_id)

    async def forget_upload(self, upload: Upload) -> None:
        """Remove a recording that was sent along, and that no job will remove."""
        await asyncio.to_thread(self._store.remove, upload.key)

    async def result(self, job_id: str) -> str:
        """A job's result as JSON.

        Raises JobUnknownError, JobUnfinishedError, and JobFailedError where there will be none.
        """
        state = await self.state(job_id)
        if state.error is not None:
            raise JobFailedError(state.error)
        if state.status is not JobStatus.COMPLETED:
            raise JobUnfinishedError(f"the job {job_id} is at {state.progress:g}%")
        data = cast(bytes | None, await self._redis.get(job_result_key(job_id)))
        if data is None:
            try:
                data = await asyncio.to_thread(self._store.read, job_id, RESULT)
            except FileNotFoundError as error:
                raise JobUnknownError(f"the result of {job_id} is gone") from error
        return unpacked(data)

    async def changes(self, job_id: str) -> AsyncGenerator[JobState | None, None]:
        """How a job stands, now and after each change, until it has ended; raises JobUnknownError.

        Each second, where nothing changes: None, or what the coming and going of the media workers
        means for it.
        """
        key, last = job_changes_key(job_id), await self._last_change(job_id)
        state = await self.state(job_id)
        yield state
        while state.status not in ENDED:
            found = await self._redis.xread({key: last}, block=WAIT_MS)
            entries = cast(Entries, found or [])
            if entries:
                last = entries[0][1][-1][0]
            before, state = state, await self.state(job_id)
            yield state if entries or state != before else None

    async def _last_change(self, job_id: str) -> bytes:
        newest = await self._redis.xrevrange(job_changes_key(job_id), count=1)
        return cast(bytes, newest[0][0]) if newest else b"0-0"

    async def _fields(self, job_id: str) -> dict[bytes, bytes]:
        return cast(dict[bytes, bytes], await self._redis.hgetall(job_key(job_id)))
