import threading

import numpy as np
import pytest
import redis

from diarization_worker.registry.index import Index
from diarization_worker.registry.redis_store import RedisPrintStore
from diarization_worker.registry.store import PrintStore
from tests.diarization_worker.registry.conftest import OpenStore
from tests.diarization_worker.registry.voices import (
    ANNA,
    BEN,
    CALIBRATION,
    CLARA,
    axis,
    stored_print,
)


def index_of(store: PrintStore) -> Index:
    return Index(store, "tones/one", CALIBRATION)


def found(index: Index, band: int, most: int = 5) -> list[str]:
    matches = index.current().search(axis(band), 4.0, most, CALIBRATION)
    return [match.voice_print.speaker_id for match in matches]


def test_the_nearest_come_first(open_store: OpenStore) -> None:
    store = open_store()
    store.write(
        [
            stored_print("far", axis(CLARA)),
            stored_print("near", axis(ANNA)),
            stored_print("between", axis(BEN, like=ANNA, cosine=0.7)),
        ]
    )
    index = index_of(store)
    assert found(index, ANNA) == ["near", "between", "far"]
    assert found(index, ANNA, most=2) == ["near", "between"]
    scores = [m.score for m in index.current().search(axis(ANNA), 4.0, 9, CALIBRATION)]
    others = [axis(ANNA), axis(BEN, like=ANNA, cosine=0.7), axis(CLARA)]
    expected = [CALIBRATION.similarity(axis(ANNA), 4.0, other, 4.0) for other in others]
    assert scores == pytest.approx(expected, abs=1e-4)


def test_nothing_is_found_where_nobody_is_registered(open_store: OpenStore) -> None:
    assert found(index_of(open_store()), ANNA) == []


def test_each_worker_follows_what_others_change(open_store: OpenStore) -> None:
    writer = open_store()
    index = index_of(open_store())
    writer.write([stored_print("a", axis(ANNA)), stored_print("b", axis(BEN))])
    assert found(index, ANNA) == ["a", "b"]
    writer.update("c", lambda _: stored_print("c", axis(CLARA)))
    assert found(index, CLARA, most=1) == ["c"]
    writer.update("a", lambda _: stored_print("a", axis(CLARA)))
    assert sorted(found(index, CLARA, most=2)) == ["a", "c"]
    writer.delete("b")
    assert sorted(found(index, BEN)) == ["a", "c"]
    assert "b" not in index.current().prints
    writer.delete("a")
    writer.write([stored_print("d", axis(ANNA))])
    assert found(index, ANNA) == ["d", "c"]
    writer.delete("c")
    writer.delete("d")
    assert found(index, ANNA) == []
    writer.write([stored_print("e", axis(BEN))])
    assert found(index, BEN) == ["e"]


def test_prints_of_another_encoder_are_known_but_never_compared(open_store: OpenStore) -> None:
    store = open_store()
    index = index_of(store)
    other = np.ones(7, np.float32) / np.sqrt(np.float32(7))
    store.write([stored_print("a", axis(ANNA)), stored_print("b", other, encoder="tones/two")])
    assert found(index, ANNA) == ["a"]
    assert set(index.current().prints) == {"a", "b"}
    store.write([stored_print("a", other, encoder="tones/two"), stored_print("b", axis(ANNA))])
    assert found(index, ANNA) == ["b"]
    assert [p.speaker_id for p in index.current().comparable] == ["b"]


def test_a_snapshot_stays_what_it_was(open_store: OpenStore) -> None:
    store = open_store()
    store.write([stored_print("a", axis(ANNA)), stored_print("b", axis(BEN))])
    index = index_of(store)
    before = index.current()
    scores = [m.score for m in before.search(axis(ANNA), 4.0, 5, CALIBRATION)]
    store.update("a", lambda _: stored_print("a", axis(CLARA)))
    store.delete("b")
    assert index.current() is not before
    assert [m.score for m in before.search(axis(ANNA), 4.0, 5, CALIBRATION)] == scores
    assert index.current() is index.current()


def test_a_redis_that_lost_everything_is_followed(redis_client: redis.Redis) -> None:
    store = RedisPrintStore(redis_client)
    index = index_of(store)
    store.write([stored_print("a", axis(ANNA))])
    assert found(index, ANNA) == ["a"]
    redis_client.flushall()
    assert found(index, ANNA) == []
    store.write([stored_print("b", axis(ANNA))])
    assert found(index, ANNA) == ["b"]


def test_who_reads_is_not_held_up_by_who_takes_changes_in(redis_client: redis.Redis) -> None:
    """A thread that is stuck in the middle of reading prints leaves the others their way."""
    store = RedisPrintStore(redis_client)
    store.write([stored_print("a", axis(ANNA))])
    index = index_of(store)
    stuck, go = threading.Event(), threading.Event()
    prints = store._prints

    def slowly(ids: list[str]) -> object:
        if threading.current_thread() is reader:
            stuck.set()
            assert go.wait(10)
        return prints(ids)

    store._prints = slowly  # type: ignore[method-assign, assignment]
    reader = threading.Thread(target=index.current)
    reader.start()
    assert stuck.wait(10)
    store.write([stored_print("b", axis(BEN))])
    assert found(index, BEN) == ["b", "a"]
    newest = index.current()
    go.set()
    reader.join()
    assert index.current() is newest
