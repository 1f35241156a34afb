from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.errors import (
    FetchFailedError,
    JobCancelledError,
    MediaForbiddenError,
    MediaNotFoundError,
    StorageFullError,
    TooLargeError,
)
from contract.jobs import Location, Upload
from media_store import SOURCE, MediaStore
from media_worker.fetching import Fetcher
from media_worker.places import Places
from tests.support.callbacks import Receiver, receiving


def go_on() -> None:
    """Nobody stops it."""


@pytest.fixture
def web() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def fetcher(tmp_path: Path) -> Fetcher:
    root = tmp_path / "root"
    root.mkdir()
    return Fetcher(
        store=MediaStore(str(tmp_path / "store")),
        places=Places(["127.0.0.1"]),
        media_root=root,
        buckets=frozenset({"open"}),
        store_url="s3://store/prefix",
        s3_endpoint_url=None,
        most_bytes=1000,
        timeout_s=5,
    )


def test_a_page_is_fetched(fetcher: Fetcher, web: Receiver, tmp_path: Path) -> None:
    def answer(request: object) -> tuple[int, dict[str, str], bytes]:
        if len(web.received):
            return 200, {}, b"sound"
        return 302, {"Location": "/there?a=b"}, b""

    web.answer = answer
    to = tmp_path / "to"
    assert fetcher.fetch(Location(at=f"{web.url}/here"), to, go_on) == to
    assert to.read_bytes() == b"sound"
    assert [request.path for request in web.received] == ["/here", "/there?a=b"]


@pytest.mark.parametrize("size", [1001, 5000])
def test_what_is_too_large_is_not(
    fetcher: Fetcher, web: Receiver, tmp_path: Path, size: int
) -> None:
    web.answer = lambda _: (200, {}, b"x" * size)
    with pytest.raises(TooLargeError):
        fetcher.fetch(Location(at=web.url), tmp_path / "to", go_on)
    (tmp_path / "root/large.wav").write_bytes(b"x" * size)
    with pytest.raises(TooLargeError):
        fetcher.fetch(Location(at="large.wav"), tmp_path / "to", go_on)


def test_redirects_that_never_end(fetcher: Fetcher, web: Receiver, tmp_path: Path) -> None:
    web.answer = lambda _: (302, {"Location": web.url}, b"")
    with pytest.raises(FetchFailedError):
        fetcher.fetch(Location(at=web.url), tmp_path / "to", go_on)


def test_a_full_disk_is_told(fetcher: Fetcher, web: Receiver) -> None:
    web.answer = lambda _: (200, {}, b"x" * 900)
    with pytest.raises(StorageFullError):
        fetcher.fetch(Location(at=web.url), Path("/dev/full"), go_on)


def test_a_cancelled_job_stops_fetching(fetcher: Fetcher, web: Receiver, tmp_path: Path) -> None:
    def cancelled() -> None:
        raise JobCancelledError("cancelled")

    web.answer = lambda _: (200, {}, b"x")
    with pytest.raises(JobCancelledError):
        fetcher.fetch(Location(at=web.url), tmp_path / "to", cancelled)


@pytest.mark.parametrize("bucket", ["closed", "store"])
def test_only_some_buckets_are_open(fetcher: Fetcher, tmp_path: Path, bucket: str) -> None:
    with pytest.raises(MediaForbiddenError):
        fetcher.fetch(Location(at=f"s3://{bucket}/key"), tmp_path / "to", go_on)


def test_an_upload_lies_where_it_was_put(fetcher: Fetcher, tmp_path: Path) -> None:
    with fetcher.store.writing("up", SOURCE) as file:
        file.write(b"sound")
    path = fetcher.fetch(Upload(key="up", name="a"), tmp_path / "to", go_on)
    assert path.read_bytes() == b"sound"
    with pytest.raises(MediaNotFoundError):
        fetcher.fetch(Upload(key="other", name="a"), tmp_path / "to", go_on)
