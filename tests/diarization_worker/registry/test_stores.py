"""One body of tests for every place that prints are kept in."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import redis

from contract.errors import EngineError, InvalidMessageError
from contract.names import PRINTS, PRINTS_VERSION, print_key
from contract.redis_clients import connect
from diarization_worker.registry.folder_store import FolderPrintStore
from diarization_worker.registry.prints import Print, Recording
from diarization_worker.registry.redis_store import RedisPrintStore
from diarization_worker.registry.store import NOTHING_KNOWN, Changes
from tests.diarization_worker.registry.conftest import OpenStore
from tests.diarization_worker.registry.voices import ANNA, BEN, CLARA, axis, stored_print
from tests.support.redis_server import RedisServer
from tests.support.waiting import eventually

FLAC = b"fLaC and some sound"


def ids(changes: Changes) -> list[str]:
    return sorted(p.speaker_id for p in changes.prints)


def same(one: Print | None, other: Print) -> bool:
    """Whether two prints are alike to the last bit."""
    if one is None or len(one.recordings) != len(other.recordings):
        return False
    head = ("speaker_id", "name", "encoder", "created", "updated")
    return all(getattr(one, f) == getattr(other, f) for f in head) and all(
        np.array_equal(a.embedding, b.embedding) and (a.seconds, a.audio) == (b.seconds, b.audio)
        for a, b in zip(one.recordings, other.recordings, strict=True)
    )


def test_prints_come_back_as_they_were(open_store: OpenStore) -> None:
    odd = np.random.default_rng(0).normal(size=192).astype(np.float32)
    odd /= np.linalg.norm(odd)
    recordings = (Recording(odd, 2.125, FLAC), Recording(odd[::-1].copy(), 3.5))
    print_ = replace(stored_print("minji"), name="민지 <김>", recordings=recordings)
    open_store().write([print_])
    assert same(open_store().read("minji"), print_)
    assert open_store().read("nobody") is None
    (found,) = open_store().changes(NOTHING_KNOWN, ()).prints
    assert same(found, print_.without_audio())


def test_only_what_is_new_is_told(open_store: OpenStore) -> None:
    writer, reader = open_store(), open_store()
    start = reader.changes(NOTHING_KNOWN, ())
    assert ids(start) == []
    writer.write([stored_print("a", axis(ANNA)), stored_print("b", axis(BEN))])
    first = reader.changes(start.version, ())
    assert ids(first) == ["a", "b"]
    assert first.version > start.version
    again = reader.changes(first.version, ["a", "b"])
    assert (again.version, again.prints, again.ids) == (first.version, (), None)


@pytest.mark.parametrize("instead", [(), ("c",), ("a",)], ids=["alone", "for another", "anew"])
def test_what_is_gone_is_told(open_store: OpenStore, instead: tuple[str, ...]) -> None:
    writer, reader = open_store(), open_store()
    writer.write([stored_print("a", axis(ANNA)), stored_print("b", axis(BEN))])
    before = reader.changes(NOTHING_KNOWN, ())
    assert writer.delete("a")
    assert not writer.delete("a")
    writer.write([stored_print(i, axis(CLARA)) for i in instead])
    after = reader.changes(before.version, ["a", "b"])
    assert set(instead) <= set(ids(after))
    now = after.ids if after.ids is not None else {"a", "b", *ids(after)}
    assert now == {"b", *instead}
    assert writer.read("a") is None or "a" in instead


def test_a_failing_change_writes_nothing(open_store: OpenStore) -> None:
    def fail(before: Print | None) -> Print:
        raise ValueError("no")

    store = open_store()
    with pytest.raises(ValueError, match="no"):
        store.update("a", fail)
    assert store.read("a") is None
    assert ids(store.changes(NOTHING_KNOWN, ())) == []


def test_no_recording_is_lost_when_many_workers_add_at_once(open_store: OpenStore) -> None:
    workers = [open_store() for _ in range(2)]

    def add(number: int) -> None:
        def change(before: Print | None) -> Print:
            base = before or stored_print("a")
            recording = Recording(axis(ANNA), float(number), FLAC)
            return replace(base, recordings=(*base.recordings, recording))

        workers[number % 2].update("a", change)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(1, 41)))
    found = workers[0].read("a")
    assert found is not None
    assert sorted(r.seconds for r in found.recordings) == list(range(1, 41))
    assert all(r.audio == FLAC for r in found.recordings)


def test_redis_keeps_nothing_of_what_is_deleted(redis_client: redis.Redis) -> None:
    store = RedisPrintStore(redis_client)
    store.write([stored_print("Deleted-One", axis(ANNA)), stored_print("b", axis(BEN))])
    assert redis_client.exists(print_key("Deleted-One")) == 1
    store.delete("Deleted-One")
    kept = {key: redis_client.dump(key) for key in redis_client.scan_iter()}
    assert set(kept) == {key.encode() for key in (PRINTS, PRINTS_VERSION, print_key("b"))}
    assert not any(b"Deleted-One" in (data or b"") for data in kept.values())


def test_neither_does_its_log_on_disk(redis_server: RedisServer, tmp_path: Path) -> None:
    with connect(redis_server.url) as client:
        store = RedisPrintStore(client)
        store.write([stored_print("Deleted-One", axis(ANNA)), stored_print("b", axis(BEN))])

        def on_disk(word: bytes) -> bool:
            found = False
            for file in tmp_path.rglob("*.aof"):
                with suppress(FileNotFoundError):  # replaced just now
                    found |= word in file.read_bytes()
            return found

        eventually(lambda: on_disk(b"Deleted-One"))
        store.delete("Deleted-One")
        eventually(lambda: not on_disk(b"Deleted-One"), timeout_s=20)
        assert store.read("b") is not None


def test_a_redis_that_lost_its_prints_is_read_anew(redis_client: redis.Redis) -> None:
    store = RedisPrintStore(redis_client)
    store.write([stored_print("a", axis(ANNA))])
    known = store.changes(NOTHING_KNOWN, ()).version
    redis_client.flushall()
    lost = store.changes(known, ["a"])
    assert (lost.version, lost.ids) == (0, frozenset())
    store.write([stored_print("b", axis(BEN))])
    found = store.changes(known, ["a"])
    assert (ids(found), found.ids) == (["b"], frozenset({"b"}))


def test_a_write_whose_answer_was_lost_is_not_made_twice(redis_client: redis.Redis) -> None:
    """redis-py sends a command again when the connection broke before its answer."""
    store = RedisPrintStore(redis_client)
    script, seen = store._write, []

    def twice(keys: list[str], arguments: list[str | bytes]) -> object:
        script(keys, arguments)
        return script(keys, arguments)

    def change(before: Print | None) -> Print:
        seen.append(before)
        base = before or stored_print("a")
        return replace(base, recordings=(*base.recordings, Recording(axis(ANNA), 3.0)))

    store._write = twice  # type: ignore[assignment]
    store.update("a", change)
    assert len(seen) == 1
    found = store.read("a")
    assert found is not None
    assert len(found.recordings) == 1


def test_damage_is_told_without_what_is_damaged(redis_client: redis.Redis, tmp_path: Path) -> None:
    store = RedisPrintStore(redis_client)
    store.write([stored_print("a", axis(ANNA))])
    redis_client.hset(print_key("a"), "print", '{"embeddings": "c2VjcmV0"}')
    with pytest.raises(EngineError, match=r"^the voice print of a is damaged$"):
        store.read("a")
    (tmp_path / "b.json").write_text('{"embedding": "secret"}')
    with pytest.raises(InvalidMessageError) as caught:
        FolderPrintStore(tmp_path).read("b")
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_folder_of_voices_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "voices"
    assert FolderPrintStore(folder).changes(NOTHING_KNOWN, ()).prints == ()
    assert not folder.exists()
    FolderPrintStore(folder).write([stored_print("a", axis(ANNA))])
    assert folder.stat().st_mode & 0o777 == 0o700
    FolderPrintStore(folder).delete("a")
    assert [file.name for file in folder.iterdir()] == [".lock"]
