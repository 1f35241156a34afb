"""How a job's state is kept and changed: one script, whoever changes it.

It lies in a hash; each change leaves an entry in the stream of changes, so that whoever waits for
the next one misses none, and makes the job's callback due.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from contract.jobs import JobError, JobRequest, JobState, JobStatus, Upload
from contract.names import (
    DUE_CALLBACKS,
    JOBS_WAKE,
    OPEN_JOBS,
    job_attempts_key,
    job_changes_key,
    job_done_key,
    job_key,
    job_moved_key,
    job_owed_key,
    job_wake_key,
)

KEEP_CHANGES: Final = 200
"""Entries of the stream: who reads on from an older one sees the state of now."""

CREATE: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 'exists' end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[1]) then return 'busy' end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
redis.call('LPUSH', KEYS[3], ARGV[3])
redis.call('LTRIM', KEYS[3], 0, 99)
redis.call('XADD', KEYS[4], '*', 'status', 'queued')
return 'ok'
"""
"""Answers `ok`, `exists`, or `busy` where as many jobs are open as may be."""

CHANGE: Final = f"""
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return 'gone' end
if status ~= 'queued' and status ~= 'processing' then return status end
local progress = math.max(tonumber(redis.call('HGET', KEYS[1], 'progress')), tonumber(ARGV[5]))
redis.call('HSET', KEYS[1], 'status', ARGV[4], 'progress', string.format('%.1f', progress),
  'message', ARGV[6],
  'message_en', ARGV[7], 'error', ARGV[8], 'updated', ARGV[2])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', {KEEP_CHANGES}, '*', 'status', ARGV[4])
if redis.call('HGET', KEYS[1], 'callback_url') ~= '' then
  redis.call('ZADD', KEYS[4], 'LT', ARGV[2], ARGV[1])
end
if ARGV[4] ~= 'processing' then
  redis.call('ZREM', KEYS[3], ARGV[1])
  redis.call('DEL', KEYS[6], KEYS[7], KEYS[8], KEYS[9])
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  redis.call('EXPIRE', KEYS[2], ARGV[3])
  redis.call('LPUSH', KEYS[5], 'ended')
  redis.call('EXPIRE', KEYS[5], 60)
end
return 'ok'
"""
"""Answers `ok`, `gone`, or how the job has ended already. Progress never goes back. A job that
ends is owed no parts any more."""


def create_keys(job_id: str) -> list[str]:
    """The keys of CREATE."""
    return [job_key(job_id), OPEN_JOBS, JOBS_WAKE, job_changes_key(job_id)]


def create_args(job_id: str, request: JobRequest, most: int, now: float) -> list[str | float]:
    """The arguments of CREATE; `most` jobs may be open at once."""
    return [
        most,
        now,
        job_id,
        *("request", request.model_dump_json(), "callback_url", request.callback_url or ""),
        *("upload", request.source.key if isinstance(request.source, Upload) else ""),
        *("status", JobStatus.QUEUED.value, "progress", 0, "created", now, "updated", now),
        *("message", "대기 중", "message_en", "waiting for a worker", "error", ""),
    ]


def change_keys(job_id: str) -> list[str]:
    """The keys of CHANGE."""
    return [
        job_key(job_id),
        job_changes_key(job_id),
        OPEN_JOBS,
        DUE_CALLBACKS,
        job_wake_key(job_id),
        job_owed_key(job_id),
        job_done_key(job_id),
        job_attempts_key(job_id),
        job_moved_key(job_id),
    ]


def change_args(
    job_id: str,
    now: float,
    ttl_s: int,
    status: JobStatus,
    progress: float,
    message: tuple[str, str],
    error: JobError | None = None,
) -> list[str | float]:
    """The arguments of CHANGE; `message` in Korean and in English."""
    told = error.model_dump_json() if error else ""
    return [job_id, now, ttl_s, status.value, progress, *message, told]


def state_of(job_id: str, fields: Mapping[bytes, bytes]) -> JobState | None:
    """The state in a job's hash; None where there is no job."""
    if b"status" not in fields:
        return None
    error = fields[b"error"]
    return JobState(
        job_id=job_id,
        status=JobStatus(fields[b"status"].decode()),
        progress=float(fields[b"progress"]),
        message=fields[b"message"].decode(),
        message_en=fields[b"message_en"].decode(),
        created=_iso(float(fields[b"created"])),
        updated=_iso(float(fields[b"updated"])),
        error=JobError.model_validate_json(error) if error else None,
    )


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
