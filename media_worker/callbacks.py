"""Tells callers how their jobs stand, by POST to their callback_url.

What is told is how the job stands at that moment, one request at a time for each job: so progress
never goes back, and a slow receiver gets fewer, not older, news.
"""

import hashlib
import hmac
import json
import logging
import threading
import time
from typing import Final

import httpx
import redis
from redis.exceptions import RedisError

from contract.errors import MediaForbiddenError, SoriError
from contract.job_changes import state_of
from contract.job_results import unpacked
from contract.jobs import ENDED, JobState, JobStatus
from contract.logs import log_context
from contract.names import DUE_CALLBACKS, job_callback_lease_key, job_key, job_result_key
from media_store import RESULT, MediaStore
from media_worker.places import GuardedTransport, Places

log = logging.getLogger(__name__)

SIGNATURE: Final = "X-Sori-Signature"

PATIENCE_S: Final = 10.0
"""For the receiver to answer."""

CLAIM_S: Final = 45
"""Longer than a request can take: then whoever sent it is gone."""

APART_S: Final = 1.0
"""Between two callbacks of a job."""

FIRST_DELAY_S: Final = 1.0
LONGEST_DELAY_S: Final = 60.0
MAX_FAILURES: Final = 10
"""In a row, after which nothing more is told: after about six minutes."""

IDLE_S: Final = 0.25

_CLAIM = """
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 50)) do
  local job = redis.call('HMGET', ARGV[3] .. id, 'status', 'callback_at')
  if not job[1] then
    redis.call('ZREM', KEYS[1], id)
  elseif tonumber(job[2] or '0') <= tonumber(ARGV[1]) then
    if redis.call('SET', ARGV[4] .. id, '1', 'NX', 'EX', ARGV[2]) then return id end
  end
end
"""

_TOLD = """
redis.call('DEL', KEYS[3])
if redis.call('HGET', KEYS[2], 'updated') == ARGV[2] then redis.call('ZREM', KEYS[1], ARGV[1]) end
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HSET', KEYS[2], 'callback_at', ARGV[3], 'callback_failures', 0)
end
"""

_FAILED = """
redis.call('DEL', KEYS[3])
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
local failures = redis.call('HINCRBY', KEYS[2], 'callback_failures', 1)
if failures >= tonumber(ARGV[3]) then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HSET', KEYS[2], 'callback_url', '')
else
  local delay = math.min(tonumber(ARGV[4]) * 2 ^ (failures - 1), tonumber(ARGV[5]))
  redis.call('HSET', KEYS[2], 'callback_at', ARGV[2] + delay)
end
return failures
"""


class Herald:
    """Sends callbacks; any number of these share the work."""

    def __init__(
        self,
        client: redis.Redis,
        store: MediaStore,
        places: Places,
        secret: str,
        stopping: threading.Event,
    ) -> None:
        """`secret`: callbacks are signed with it; empty = unsigned."""
        self._redis = client
        self._store = store
        self._secret = secret.encode()
        self._stopping = stopping
        self._claim = client.register_script(_CLAIM)
        self._told = client.register_script(_TOLD)
        self._failed = client.register_script(_FAILED)
        self._http = httpx.Client(
            transport=GuardedTransport(places), timeout=PATIENCE_S, follow_redirects=False
        )

    def run(self) -> None:
        """Serve until told to stop, across outages of Redis."""
        while not self._stopping.is_set():
            try:
                if not self.tell_one():
                    self._stopping.wait(IDLE_S)
            except RedisError as error:
                log.warning("Redis does not answer, trying again: %s", error)
                self._stopping.wait(1.0)

    def tell_one(self) -> bool:
        """Send one callback, if one is due."""
        due: list[float | str] = [time.time(), CLAIM_S, job_key(""), job_callback_lease_key("")]
        claimed: bytes | None = self._claim([DUE_CALLBACKS], due)
        if claimed is None:
            return False
        job_id = claimed.decode()
        keys = [DUE_CALLBACKS, job_key(job_id), job_callback_lease_key(job_id)]
        with log_context(job_id=job_id):
            fields: dict[bytes, bytes] = self._redis.hgetall(job_key(job_id))  # type: ignore[assignment]
            state = state_of(job_id, fields)
            try:
                if state is not None:
                    self._post(fields[b"callback_url"].decode(), self._body(state))
            except (httpx.HTTPError, httpx.InvalidURL, SoriError) as error:
                most = 1 if isinstance(error, MediaForbiddenError) else MAX_FAILURES
                delays = [FIRST_DELAY_S, LONGEST_DELAY_S]
                failures = int(self._failed(keys, [job_id, time.time(), most, *delays]))
                level = logging.WARNING if failures >= most else logging.INFO
                log.log(level, "callback failed for the %d. time: %s", failures, error)
            else:
                self._told(keys, [job_id, fields.get(b"updated", b""), time.time() + APART_S])
        return True

    def _post(self, url: str, body: bytes) -> None:
        if not url:
            return
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers[SIGNATURE] = signature(self._secret, body)
        self._http.post(url, content=body, headers=headers).raise_for_status()

    def _body(self, state: JobState) -> bytes:
        status = state.status
        if status not in ENDED:
            status = JobStatus.PROCESSING
        told = {
            "job_id": state.job_id,
            "status": (JobStatus.FAILED if status is JobStatus.CANCELLED else status).value,
            "progress": state.progress,
            "message": state.message,
            "message_en": state.message_en,
        }
        if state.error is not None:
            told["error"] = state.error.model_dump()
        text = json.dumps(told, ensure_ascii=False)
        result = self._result(state) if state.status is JobStatus.COMPLETED else "null"
        return f'{text[:-1]}, "result": {result}}}'.encode()

    def _result(self, state: JobState) -> str:
        data: bytes | None = self._redis.get(job_result_key(state.job_id))  # type: ignore[assignment]
        try:
            return unpacked(data if data is not None else self._store.read(state.job_id, RESULT))
        except FileNotFoundError:
            return "null"


def signature(secret: bytes, body: bytes) -> str:
    """What a receiver compares with, who knows the secret: HMAC-SHA256 of the body."""
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
