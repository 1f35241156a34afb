"""A worker's dealings with Redis around a task: its audio, its lease, its word to the listener."""

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from celery.exceptions import Ignore

from contract.errors import AudioExpiredError, PermanentError, WorkerLostError
from contract.logs import log_context
from contract.names import (
    RESULTS_STREAM,
    attempts_key,
    lease_key,
    ledger_key,
    session_channel,
)
from contract.work import AnyJob, Failed, Hypothesis, Outcome, Stage, result_entry

log = logging.getLogger(__name__)

LEASE_S = 3
"""A lease not renewed for this long is free: the worker that held it is gone."""

MAX_ATTEMPTS = 3
"""A piece of work that took this many workers down with it is given up."""

_ANSWERED, _IN_OTHER_HANDS = -1, 0

# Takes the lease of a job that is still owed, and counts the attempt.
_TAKE = f"""
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return {_ANSWERED} end
if not redis.call('SET', KEYS[2], ARGV[2], 'NX', 'EX', ARGV[3]) then return {_IN_OTHER_HANDS} end
return redis.call('HINCRBY', KEYS[3], ARGV[4], 1)
"""

# A lease that ran out may be another worker's by now: only one's own is kept or let go.
_KEEP = """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('EXPIRE', key, ARGV[2]) end
end
"""
_LET_GO = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
if ARGV[2] ~= '' then redis.call('HINCRBY', KEYS[2], ARGV[2], -1) end
"""


class Desk:
    """Where a worker takes its work from and puts its results."""

    def __init__(self, client: redis.Redis, stage: Stage) -> None:
        self._redis = client
        self._stage = stage
        self._token = secrets.token_hex(8)
        self._take = client.register_script(_TAKE)
        self._keep = client.register_script(_KEEP)
        self._let_go = client.register_script(_LET_GO)
        self._in_hand: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def working_on(self, job: AnyJob) -> Iterator[None]:
        """Hold the job's lease while its stage runs; raises celery's Ignore to end its chain.

        A job nobody is owed any more, or that another worker has in hand, is passed over. A
        PermanentError becomes the job's outcome. Any other error leaves the job to the ledger.
        """
        with log_context(session_id=job.session_id, utterance_id=job.utterance_id):
            if not self._begin(job):
                raise Ignore
            ended_well = False
            try:
                yield
                ended_well = True
            except PermanentError as error:
                log.warning("%s failed for good: %s", self._stage, error)
                self.publish(Failed(job=job, code=error.code, message=str(error)))
                raise Ignore from error
            finally:
                self._end(job, ended_well=ended_well)

    def audio(self, key: str) -> bytes:
        """The audio stored under a key; raises AudioExpiredError."""
        data = self._redis.get(key)
        if data is None:
            raise AudioExpiredError(f"no audio under {key}: older than AUDIO_TTL")
        return bytes(data)  # type: ignore[arg-type]  # redis-py types sync and async alike

    def publish(self, outcome: Outcome) -> None:
        """Hand an outcome to the listener."""
        self._redis.xadd(RESULTS_STREAM, result_entry(outcome))

    def publish_hypothesis(self, session_id: str, hypothesis: Hypothesis) -> None:
        """Tell the gateway what an utterance in progress sounds like; lost if nobody listens."""
        self._redis.publish(session_channel(session_id), hypothesis.model_dump_json())

    def renew_leases(self) -> None:
        """Keep what is in hand; called every second by the heartbeat."""
        with self._lock:
            keys = list(self._in_hand)
        if keys:
            self._keep(keys, [self._token, LEASE_S])

    def _begin(self, job: AnyJob) -> bool:
        lease = lease_key(job.session_id, job.utterance_id)
        keys = [ledger_key(job.session_id), lease, attempts_key(job.session_id)]
        count = f"{job.utterance_id}:{self._stage.value}"
        attempt = int(self._take(keys, [job.utterance_id, self._token, LEASE_S, count]))
        if attempt == _ANSWERED:
            log.info("passed over: answered already")
        elif attempt == _IN_OTHER_HANDS:
            log.info("passed over: in other hands")
        if attempt <= 0:
            return False
        with self._lock:
            self._in_hand.add(lease)
        if attempt > MAX_ATTEMPTS:
            error = WorkerLostError(
                f"{MAX_ATTEMPTS} attempts at {self._stage.value} came to nothing"
            )
            self.publish(Failed(job=job, code=error.code, message=str(error)))
            self._end(job, ended_well=False)
            return False
        return True

    def _end(self, job: AnyJob, *, ended_well: bool) -> None:
        """Let go of the lease; an attempt that ended well is not held against the job."""
        lease = lease_key(job.session_id, job.utterance_id)
        with self._lock:
            self._in_hand.discard(lease)
        count = f"{job.utterance_id}:{self._stage.value}" if ended_well else ""
        self._let_go([lease, attempts_key(job.session_id)], [self._token, count])
