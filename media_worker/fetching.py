"""A recording, wherever it lies → a file on this machine."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from contract.errors import (
    FetchFailedError,
    MediaForbiddenError,
    MediaNotFoundError,
    SoriError,
    TooLargeError,
)
from contract.jobs import Location, Upload
from media_store import SOURCE, MediaStore
from media_store.store import s3_options, storage_error
from media_worker.places import HTTP, GuardedTransport, Places, below

MB: Final = 1_000_000
MAX_REDIRECTS: Final = 5

SILENCE_S: Final = 20.0
"""A server that sends nothing for longer is given up."""

_CHUNK: Final = 1 << 20

Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches within bounds of place, size and time."""

    store: MediaStore
    places: Places
    media_root: Path | None
    buckets: frozenset[str]
    """Empty: every bucket but that of the store."""
    store_url: str
    s3_endpoint_url: str | None
    most_bytes: int
    timeout_s: float

    def fetch(self, source: Upload | Location, to: Path, check: Check) -> Path:
        """The file: `to`, or where it lies already.

        `check` is called again and again, and ends it by raising. Raises SoriError: nothing there,
        not to be fetched, too large, too slow, or no space left.
        """
        match source:
            case Upload(key=key):
                return self._uploaded(key, to)
            case Location(at=at):
                return self._located(at, to, check)

    def _uploaded(self, key: str, to: Path) -> Path:
        lies_at = self.store.local_path(key, SOURCE)
        if lies_at is not None and lies_at.is_file():
            return lies_at
        try:
            self.store.get(key, SOURCE, to)
        except FileNotFoundError as error:
            raise MediaNotFoundError(
                "the upload is not in this worker's media store: MEDIA_STORE must be shared"
            ) from error
        return to

    def _located(self, at: str, to: Path, check: Check) -> Path:
        scheme = urlsplit(at).scheme.lower() if "://" in at else ""
        if not scheme:
            path = below(self.media_root, at)
            self._bound(path.stat().st_size)
            return path
        if scheme in HTTP:
            self._save(self._http(at), to, check)
        elif scheme == "s3":
            self._save(self._s3(at), to, check)
        else:
            raise MediaForbiddenError(f"{scheme}: http, https, s3 and paths are taken")
        return to

    def _save(self, chunks: Iterable[bytes], to: Path, check: Check) -> None:
        deadline = time.monotonic() + self.timeout_s
        size = 0
        try:
            with to.open("wb") as file:
                for chunk in chunks:
                    check()
                    size += len(chunk)
                    self._bound(size)
                    if time.monotonic() > deadline:
                        raise FetchFailedError(f"not fetched within {self.timeout_s:g} s")
                    file.write(chunk)
        except OSError as error:
            raise storage_error(error, "the recording can't be kept") from error

    def _bound(self, size: int) -> None:
        if size > self.most_bytes:
            raise TooLargeError(f"a recording of more than {self.most_bytes / MB:g} MB")

    def _http(self, url: str) -> Iterable[bytes]:
        timeout = httpx.Timeout(SILENCE_S, connect=10.0)
        try:
            with (
                httpx.Client(
                    transport=GuardedTransport(self.places),
                    timeout=timeout,
                    follow_redirects=True,
                    max_redirects=MAX_REDIRECTS,
                    headers={"Accept-Encoding": "identity"},
                ) as client,
                client.stream("GET", url) as response,
            ):
                self._look_at(response)
                yield from response.iter_raw(_CHUNK)
        except httpx.TimeoutException as error:
            raise FetchFailedError("the recording's server is too slow") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise FetchFailedError(f"the recording can't be fetched: {reason}") from error

    def _look_at(self, response: httpx.Response) -> None:
        status = f"{response.status_code} {response.reason_phrase}"
        if response.status_code in {404, 410}:
            raise MediaNotFoundError(f"the recording's server says {status}")
        if not response.is_success:
            raise FetchFailedError(f"the recording's server says {status}")
        with suppress(ValueError):
            self._bound(int(response.headers.get("content-length", 0)))

    def _s3(self, url: str) -> Iterable[bytes]:
        bucket, _, key = url.partition("://")[2].partition("/")
        if not bucket or not key:
            raise MediaNotFoundError("s3://BUCKET/KEY is wanted")
        own = self.store_url.partition("s3://")[2].partition("/")[0]
        if (self.buckets and bucket not in self.buckets) or bucket == own:
            raise MediaForbiddenError(f"recordings are not fetched from the bucket {bucket}")
        import s3fs  # heavy, and many never need it

        try:
            remote = s3fs.S3FileSystem(**s3_options(self.s3_endpoint_url))
            with remote.open(f"{bucket}/{key}", "rb", block_size=8 * _CHUNK) as file:
                self._bound(file.size)
                while chunk := file.read(_CHUNK):
                    yield chunk
        except SoriError:
            raise
        except FileNotFoundError as error:
            raise MediaNotFoundError(f"there is no {url}") from error
        except PermissionError as error:
            raise MediaForbiddenError(f"{url} may not be read with the server's keys") from error
        except Exception as error:  # whatever botocore and aiohttp may raise
            raise FetchFailedError(f"{url} can't be fetched: {error}") from error
