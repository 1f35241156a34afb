import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future

import pytest

from contract.errors import AudioExpiredError, EngineError
from contract.heartbeats import Heartbeat
from worker_runtime import batcher as batcher_module
from worker_runtime.batcher import LAST, WHENEVER, Batcher
from worker_runtime.talk import Talk

WAIT_S = 10


class Model:
    """A model that notes its batches; it holds the first one until told to go on."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.began = threading.Event()
        self.go_on = threading.Event()

    def run(self, items: list[str]) -> Sequence[str | Exception]:
        self.batches.append(items)
        if len(self.batches) == 1:
            self.began.set()
            assert self.go_on.wait(WAIT_S)
        if "poison" in items:
            raise RuntimeError("out of memory")
        if "expired" in items:
            raise AudioExpiredError("too late")
        if "short" in items:
            return []
        return [ValueError(item) if item == "bad" else item.upper() for item in items]


@pytest.fixture
def model() -> Model:
    return Model()


def submit_behind(
    model: Model, batcher: Batcher[str, str], items: Sequence[tuple[str, int]]
) -> list[Future[str]]:
    """Submit all items while the model is busy with another, then let it go on."""
    first = batcher.submit("first")
    assert model.began.wait(WAIT_S)
    futures = [batcher.submit(item, priority) for item, priority in items]
    model.go_on.set()
    assert first.result(WAIT_S) == "FIRST"
    return futures


def errors(futures: Sequence[Future[str]]) -> list[BaseException | None]:
    return [future.exception(WAIT_S) for future in futures]


def test_what_waits_is_gathered_into_one_batch(model: Model) -> None:
    batcher = Batcher(model.run, max_batch=8)
    futures = submit_behind(model, batcher, [("a", 0), ("b", 0), ("c", 0)])
    assert [future.result(WAIT_S) for future in futures] == ["A", "B", "C"]
    assert model.batches[1:] == [["a", "b", "c"]]


def test_a_batch_is_no_larger_than_allowed(model: Model) -> None:
    batcher = Batcher(model.run, max_batch=2)
    futures = submit_behind(model, batcher, [(item, 0) for item in "abcde"])
    assert errors(futures) == [None] * 5
    assert model.batches[1:] == [["a", "b"], ["c", "d"], ["e"]]


def test_what_arrives_while_gathering_joins(model: Model) -> None:
    model.go_on.set()
    batcher = Batcher(model.run, max_batch=2, gather_s=WAIT_S)
    futures = [batcher.submit("a"), batcher.submit("b")]
    assert errors(futures) == [None, None]
    assert model.batches == [["a", "b"]]


def test_urgent_items_go_first_and_never_share_a_batch_with_others(model: Model) -> None:
    batcher = Batcher(model.run, max_batch=8)
    items = [("later", WHENEVER), ("now", 0), ("later too", WHENEVER), ("now too", 0)]
    assert errors(submit_behind(model, batcher, items)) == [None] * 4
    assert model.batches[1:] == [["now", "now too"], ["later", "later too"]]


def test_a_bad_item_fails_alone(model: Model) -> None:
    batcher = Batcher(model.run, max_batch=8)
    futures = submit_behind(model, batcher, [("a", 0), ("bad", 0), ("c", 0)])
    assert [type(error) for error in errors(futures)] == [type(None), ValueError, type(None)]
    assert len(model.batches) == 2


def test_a_batch_that_raises_is_tried_singly(model: Model) -> None:
    batcher = Batcher(model.run, max_batch=8)
    futures = submit_behind(model, batcher, [("a", 0), ("poison", 0), ("expired", 0)])
    assert [type(error) for error in errors(futures)] == [
        type(None),
        EngineError,
        AudioExpiredError,
    ]
    assert "out of memory" in str(futures[1].exception())
    assert model.batches[1:] == [["a", "poison", "expired"], ["a"], ["poison"], ["expired"]]


def test_a_wrong_number_of_answers_is_an_error_and_the_model_goes_on(model: Model) -> None:
    batcher = Batcher(model.run, max_batch=8)
    (future,) = submit_behind(model, batcher, [("short", 0)])
    assert "0 answers to 1 items" in str(future.exception(WAIT_S))
    assert batcher.submit("next").result(WAIT_S) == "NEXT"


def test_recordings_rest_while_people_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batcher_module, "QUIET_S", 0.6)
    monkeypatch.setattr(batcher_module, "REST", 1000)
    moments: dict[str, float] = {}

    def run(items: list[str]) -> list[str]:
        time.sleep(0.01)
        moments.update((item, time.monotonic()) for item in items)
        return items

    batcher: Batcher[str, str] = Batcher(run, max_batch=1)
    first, second = batcher.submit("piece 1", LAST), batcher.submit("piece 2", LAST)
    first.result()
    second.result()
    assert moments["piece 2"] - moments["piece 1"] < 0.4  # nobody talks
    batcher.submit("utterance 1").result()
    rested = batcher.submit("piece 3", LAST)
    batcher.submit("utterance 2").result()
    rested.result()
    assert moments["utterance 2"] < moments["piece 3"]
    assert moments["piece 3"] - moments["utterance 2"] > 0.5


@pytest.mark.parametrize(("long_s", "rests"), [(0.0, True), (10.0, False)])
def test_long_pieces_rest_where_people_talk_elsewhere(
    monkeypatch: pytest.MonkeyPatch, long_s: float, rests: bool
) -> None:
    monkeypatch.setattr(batcher_module, "QUIET_S", 0.6)
    monkeypatch.setattr(batcher_module, "REST", 1000)
    monkeypatch.setattr(batcher_module, "LONG_S", long_s)
    talk = Talk()
    moments: list[float] = []

    def run(items: list[str]) -> list[str]:
        time.sleep(0.01)
        moments.append(time.monotonic())
        return items

    batcher: Batcher[str, str] = Batcher(run, max_batch=1, talk=talk)
    batcher.submit("piece 1", LAST).result()
    talk.hear([Heartbeat(process_id="other", at=1e9, consumed_at=1e9, live_at=1e9)], now=1e9)
    batcher.submit("piece 2", LAST).result()
    assert (moments[1] - moments[0] > 0.5) == rests
