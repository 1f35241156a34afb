import pytest

from contract.parameters import Parameters
from contract.work import Hypothesis, InterimJob
from gateway_service.endpointing.endpointer import Checkpoint
from gateway_service.session import interim
from gateway_service.session.interim import LOST_AFTER_S, TOO_SLOW_S, InterimLane
from gateway_service.session.record import SessionRecord, Settings, State

SETTINGS = Settings(Parameters())
RECORD = SessionRecord("s", 1, State.TRANSCRIBING, True, 1, SETTINGS, Checkpoint(), 0)


class Clock:
    """The time, as the test says."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


class Workers:
    """Stands for Redis and the dispatcher: takes everything."""

    crowded = False

    def __init__(self) -> None:
        self.jobs: list[InterimJob] = []

    async def set(self, key: str, value: bytes, ex: int) -> None:
        pass

    async def send_interim(self, job: InterimJob) -> None:
        self.jobs.append(job)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(interim, "time", clock)
    return clock


@pytest.fixture
def workers() -> Workers:
    return Workers()


@pytest.fixture
def lane(clock: Clock, workers: Workers) -> InterimLane:
    return InterimLane(RECORD, SETTINGS, workers, workers, lambda: workers.crowded)  # type: ignore[arg-type]


def hypothesis(*words: str, utterance_id: int = 1) -> Hypothesis:
    return Hypothesis(utterance_id=utterance_id, words=list(words))


async def test_one_request_is_in_flight_at_most(lane: InterimLane, clock: Clock) -> None:
    assert lane.due()
    lane.ask(1, b"")
    clock.now += 0.9
    assert not lane.due()

    partial = lane.heard(hypothesis("good", "morning"))
    assert partial is not None
    assert partial.text == "good morning"
    assert not lane.due()
    clock.now += 0.9
    assert lane.due()


async def test_a_request_that_got_lost_is_not_waited_for(lane: InterimLane, clock: Clock) -> None:
    lane.ask(1, b"")
    clock.now += LOST_AFTER_S
    assert lane.due()


async def test_an_answer_about_another_utterance_is_dropped(lane: InterimLane) -> None:
    lane.ask(1, b"")
    lane.finish()
    lane.ask(2, b"")

    assert lane.heard(hypothesis("late")) is None
    assert lane.heard(hypothesis("new", utterance_id=2)) is not None


async def test_a_slow_engine_is_not_asked_again_until_the_next_utterance(
    lane: InterimLane, clock: Clock
) -> None:
    lane.ask(1, b"")
    clock.now += TOO_SLOW_S + 0.1
    lane.heard(hypothesis("so"))
    clock.now += 1000
    assert not lane.due()

    lane.finish()
    assert lane.due()


async def test_interim_text_gives_way_when_much_is_waiting(
    lane: InterimLane, workers: Workers
) -> None:
    workers.crowded = True
    assert not lane.due()
