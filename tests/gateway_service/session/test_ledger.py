import asyncio

import pytest

from contract.work import AnyJob, RecallJob
from gateway_service.session import ledger as module
from gateway_service.session.ledger import PATIENCE_S, Ledger
from tests.support.jobs import enrolment_job, speech_job


class Clock:
    """The time, as the test says; sleeping takes none of it."""

    def __init__(self) -> None:
        self.now = 101.0  # half a second after the utterances of tests.support.jobs

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


class Workers:
    """Stands for the dispatcher and the store: notes what is sent, and knows what is owed."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.still_owed: dict[int, AnyJob] = {}
        self.in_hand: set[int] = set()

    async def send(self, job: AnyJob) -> None:
        self.sent.append(job.utterance_id)

    async def owed(self, session_id: str) -> list[AnyJob]:
        return list(self.still_owed.values())

    async def whereabouts(self, session_id: str, utterance_id: int) -> tuple[bool, bool]:
        return utterance_id in self.still_owed, utterance_id in self.in_hand


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(module, "CHECK_S", 0.0)
    return clock


@pytest.fixture
def workers() -> Workers:
    return Workers()


@pytest.fixture
def ledger(clock: Clock, workers: Workers) -> Ledger:
    return Ledger("s1", workers, workers, give_up_after=600)  # type: ignore[arg-type]


def recall_job(utterance_id: int) -> RecallJob:
    return RecallJob(session_id="s1", utterance_id=utterance_id, speakers=["jiwoo"])


async def owe(ledger: Ledger, workers: Workers, *jobs: AnyJob) -> None:
    for job in jobs:
        workers.still_owed[job.utterance_id] = job
        await ledger.send(job)


async def check_all(ledger: Ledger) -> None:
    """Let the ledger look after what has long been in nobody's hands, once."""
    watching = asyncio.create_task(ledger.next_expired())
    for _ in range(20):
        await asyncio.sleep(0)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_speech_is_sent_at_once_whatever_else_is_owed(
    ledger: Ledger, workers: Workers
) -> None:
    await owe(ledger, workers, *(speech_job(n) for n in (1, 2, 3)))

    assert workers.sent == [1, 2, 3]


@pytest.mark.parametrize("voices", [enrolment_job(1), recall_job(1)])
async def test_speech_waits_for_the_voices_that_were_registered_before_it(
    ledger: Ledger, workers: Workers, voices: AnyJob
) -> None:
    await owe(ledger, workers, voices, speech_job(2), speech_job(3))
    assert workers.sent == [1]

    assert await ledger.settle(1)
    assert workers.sent == [1, 2, 3]
    assert len(ledger) == 2


async def test_voices_are_registered_one_after_the_other(ledger: Ledger, workers: Workers) -> None:
    await owe(ledger, workers, enrolment_job(1), enrolment_job(2), recall_job(3), speech_job(4))
    assert workers.sent == [1]
    await ledger.settle(1)
    assert workers.sent == [1, 2]
    await ledger.settle(2)
    await ledger.settle(3)
    assert workers.sent == [1, 2, 3, 4]


async def test_another_gateway_keeps_the_order(ledger: Ledger, workers: Workers) -> None:
    workers.still_owed = {2: speech_job(2), 1: enrolment_job(1)}
    await ledger.load()
    await check_all(ledger)
    assert workers.sent == [1]  # it was in nobody's hands

    await ledger.settle(1)
    assert workers.sent == [1, 2]


async def test_what_waits_is_not_taken_for_lost(
    ledger: Ledger, workers: Workers, clock: Clock
) -> None:
    await owe(ledger, workers, enrolment_job(1), speech_job(2))
    workers.in_hand = {1}
    for _ in range(5):
        clock.now += 10 * PATIENCE_S
        await check_all(ledger)
    assert workers.sent == [1]


async def test_an_answer_that_nobody_told_of_lets_the_rest_go_on(
    ledger: Ledger, workers: Workers, clock: Clock
) -> None:
    await owe(ledger, workers, enrolment_job(1), speech_job(2))
    del workers.still_owed[1]
    clock.now += PATIENCE_S + 1
    await check_all(ledger)

    assert workers.sent == [1, 2]


async def test_what_nobody_has_in_hand_is_sent_again(
    ledger: Ledger, workers: Workers, clock: Clock
) -> None:
    await owe(ledger, workers, enrolment_job(1), speech_job(2))
    clock.now += PATIENCE_S + 1
    await check_all(ledger)

    assert workers.sent == [1, 1]


async def test_voices_that_never_come_are_given_up_first(
    ledger: Ledger, workers: Workers, clock: Clock
) -> None:
    await owe(ledger, workers, recall_job(1), speech_job(2))
    clock.now += 601

    async with asyncio.timeout(5):
        assert await ledger.next_expired() == recall_job(1)
