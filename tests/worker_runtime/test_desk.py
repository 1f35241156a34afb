import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from celery.exceptions import Ignore

from contract.errors import AudioExpiredError, EngineError
from contract.names import RESULTS_STREAM, lease_key, ledger_key, session_channel
from contract.redis_clients import connect
from contract.work import (
    AnyJob,
    Failed,
    Hypothesis,
    Job,
    Result,
    Stage,
    parse_result,
)
from tests.support.jobs import enrolment_job, recall_job, speech_job
from worker_runtime.desk import Desk
from worker_runtime.leases import LEASE_S, MAX_ATTEMPTS

JOB = speech_job(7)
LEASE = lease_key(JOB.session_id, JOB.utterance_id)


@pytest.fixture
def desk(redis_client: redis.Redis) -> Desk:
    return Desk(redis_client, Stage.STT)


def owe(client: redis.Redis, job: Job) -> None:
    client.hset(ledger_key(job.session_id), str(job.utterance_id), job.model_dump_json())


def results(client: redis.Redis) -> list[Result]:
    entries: list[tuple[bytes, dict[bytes, bytes]]] = client.xrange(RESULTS_STREAM)  # type: ignore[assignment]
    return [parse_result(fields[b"result"]) for _, fields in entries]


def test_work_that_is_owed_is_done_under_a_lease(desk: Desk, redis_client: redis.Redis) -> None:
    owe(redis_client, JOB)
    with desk.working_on(JOB):
        assert 0 < redis_client.pttl(LEASE) <= LEASE_S * 1000
    assert redis_client.exists(LEASE) == 0
    assert results(redis_client) == []


def test_work_that_ended_well_may_be_asked_for_again_and_again(
    desk: Desk, redis_client: redis.Redis
) -> None:
    owe(redis_client, JOB)
    for _ in range(MAX_ATTEMPTS + 2):
        with desk.working_on(JOB):
            pass
    assert results(redis_client) == []


def test_work_that_nobody_is_owed_is_passed_over(desk: Desk, redis_client: redis.Redis) -> None:
    with pytest.raises(Ignore), desk.working_on(JOB):
        pytest.fail("it was begun")
    assert redis_client.exists(LEASE) == 0


def test_work_in_another_workers_hands_is_passed_over(
    desk: Desk, redis_client: redis.Redis
) -> None:
    owe(redis_client, JOB)
    other = Desk(redis_client, Stage.STT)
    with other.working_on(JOB):
        with pytest.raises(Ignore), desk.working_on(JOB):
            pytest.fail("it was begun twice")
        assert redis_client.exists(LEASE) == 1
    with desk.working_on(JOB):
        assert redis_client.exists(LEASE) == 1


def test_of_many_workers_at_once_one_gets_the_work(
    redis_client: redis.Redis, redis_url: str
) -> None:
    owe(redis_client, JOB)
    desks = [Desk(connect(redis_url), Stage.STT) for _ in range(8)]
    together = threading.Barrier(len(desks))

    def attempt(desk: Desk) -> bool:
        together.wait()
        try:
            with desk.working_on(JOB):
                together.wait()
        except Ignore:
            together.wait()
            return False
        return True

    with ThreadPoolExecutor(len(desks)) as pool:
        assert sorted(pool.map(attempt, desks)) == [False] * 7 + [True]


@pytest.mark.parametrize(
    "job",
    [JOB, enrolment_job(7), recall_job(utterance_id=7)],
    ids=["speech", "enrolment", "recall"],
)
def test_a_permanent_error_becomes_the_outcome(
    desk: Desk, redis_client: redis.Redis, job: AnyJob
) -> None:
    owe(redis_client, job)
    with pytest.raises(Ignore), desk.working_on(job):
        raise EngineError("no sense in it")
    failed = Failed(job=job, code="ENGINE_FAILED", message="no sense in it")
    assert results(redis_client) == [failed]
    assert redis_client.exists(LEASE) == 0


def test_any_other_error_leaves_the_work_to_the_ledger(
    desk: Desk, redis_client: redis.Redis
) -> None:
    owe(redis_client, JOB)
    with pytest.raises(ZeroDivisionError), desk.working_on(JOB):
        raise ZeroDivisionError
    assert results(redis_client) == []
    assert redis_client.exists(LEASE) == 0


def test_work_that_took_its_workers_down_is_given_up(desk: Desk, redis_client: redis.Redis) -> None:
    owe(redis_client, JOB)
    for _ in range(MAX_ATTEMPTS):
        lost = Desk(redis_client, Stage.STT).working_on(JOB)
        lost.__enter__()
        redis_client.delete(LEASE)  # as it expires when the worker is gone
    with pytest.raises(Ignore), desk.working_on(JOB):
        pytest.fail("it was begun once more")
    (outcome,) = results(redis_client)
    assert isinstance(outcome, Failed)
    assert (outcome.job, outcome.code) == (JOB, "WORKER_LOST")
    assert redis_client.exists(LEASE) == 0
    with Desk(redis_client, Stage.DIARIZATION).working_on(JOB):
        assert redis_client.exists(LEASE) == 1


def test_leases_are_renewed_while_work_is_in_hand(desk: Desk, redis_client: redis.Redis) -> None:
    owe(redis_client, JOB)
    desk.renew_leases()
    with desk.working_on(JOB):
        redis_client.pexpire(LEASE, 500)
        desk.renew_leases()
        assert redis_client.pttl(LEASE) > 500
    redis_client.set(LEASE, "another worker's", px=500)
    desk.renew_leases()
    assert redis_client.pttl(LEASE) <= 500


def test_audio_comes_as_it_was_stored_or_is_said_to_be_gone(
    desk: Desk, redis_client: redis.Redis
) -> None:
    redis_client.set(JOB.audio_key, b"\x00\xff\x7f\x80")
    assert desk.audio(JOB.audio_key) == b"\x00\xff\x7f\x80"
    redis_client.delete(JOB.audio_key)
    with pytest.raises(AudioExpiredError, match=JOB.audio_key):
        desk.audio(JOB.audio_key)


def test_a_hypothesis_reaches_the_sessions_channel(desk: Desk, redis_client: redis.Redis) -> None:
    hypothesis = Hypothesis(utterance_id=7, words=["so"])
    with redis_client.pubsub() as listening:  # type: ignore[no-untyped-call]
        listening.subscribe(session_channel("s1"))
        assert listening.get_message(timeout=5) is not None
        desk.publish_hypothesis("s1", hypothesis)
        message = listening.get_message(timeout=5)
    assert message is not None
    assert Hypothesis.model_validate_json(message["data"]) == hypothesis
