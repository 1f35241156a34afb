"""A worker's dealings with Redis around a task: its audio, its lease, its word to the listener."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from celery.exceptions import Ignore

from contract.errors import AudioExpiredError, PermanentError
from contract.jobs import Part, PartAnswer, PartFailed
from contract.logs import log_context
from contract.names import (
    RESULTS_STREAM,
    attempts_key,
    job_done_key,
    job_moved_key,
    job_owed_key,
    job_wake_key,
    lease_key,
    ledger_key,
    session_channel,
)
from contract.work import AnyJob, Failed, Hypothesis, Outcome, Stage, result_entry
from worker_runtime.leases import MAX_ATTEMPTS, Leases, Place, part_place, too_often

log = logging.getLogger(__name__)

_ANSWER = """
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('LPUSH', KEYS[3], ARGV[1])
"""

MOVED_TTL_S = 3600
"""Said again and again while a part is in hand."""


class Desk:
    """Where a worker takes its work from and puts its results."""

    def __init__(self, client: redis.Redis, stage: Stage) -> None:
        self._redis = client
        self._stage = stage
        self._leases = Leases(client)
        self._hand_in = client.register_script(_ANSWER)

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

    @contextmanager
    def working_on_part(self, part: Part) -> Iterator[None]:
        """The same for a part of a recording's job, whose answer goes to the job's owner."""
        with log_context(job_id=part.job_id, part=part.part):
            place = part_place(part)
            if not (attempt := self._leases.take(place)):
                raise Ignore
            try:
                if attempt > MAX_ATTEMPTS:
                    raise too_often(part.part)
                yield
            except PermanentError as error:
                log.warning("failed for good: %s", error)
                self.answer(part, PartFailed(code=error.code, message=str(error)))
                raise Ignore from error
            finally:
                self._leases.let_go(place, ended_well=False)

    def answer(self, part: Part, answer: PartAnswer) -> None:
        """Hand a part's answer to its job's owner, unless it is owed no more."""
        keys = [job_owed_key(part.job_id), job_done_key(part.job_id), job_wake_key(part.job_id)]
        self._hand_in(keys, [part.part, answer.model_dump_json()])

    def hand_back(self, part: Part) -> None:
        """Leave a part undone for now: its job's owner orders it again a little later."""
        self._redis.lpush(job_wake_key(part.job_id), part.part)

    def is_owed(self, part: Part, moved: float) -> bool:
        """Whether a part is still to be done; `moved` says how much of it is, 0 to 1."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hexists(job_owed_key(part.job_id), part.part)
            pipe.hset(job_moved_key(part.job_id), part.part, str(round(moved, 3)))
            pipe.expire(job_moved_key(part.job_id), MOVED_TTL_S)
            owed, *_ = pipe.execute()
        return bool(owed)

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
        self._leases.renew()

    def _begin(self, job: AnyJob) -> bool:
        if not (attempt := self._leases.take(_place(job, self._stage))):
            return False
        if attempt > MAX_ATTEMPTS:
            error = too_often(self._stage)
            self.publish(Failed(job=job, code=error.code, message=str(error)))
            self._leases.let_go(_place(job, self._stage), ended_well=False)
            return False
        return True

    def _end(self, job: AnyJob, *, ended_well: bool) -> None:
        self._leases.let_go(_place(job, self._stage), ended_well=ended_well)


def _place(job: AnyJob, stage: Stage) -> Place:
    return Place(
        ledger=ledger_key(job.session_id),
        entry=str(job.utterance_id),
        lease=lease_key(job.session_id, job.utterance_id),
        attempts=attempts_key(job.session_id),
        count=f"{job.utterance_id}:{stage.value}",
    )
