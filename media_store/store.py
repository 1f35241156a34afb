"""Files of jobs, by fsspec: each job or upload has a folder, gone as a whole."""

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import fsspec

from contract.errors import StorageFullError, StorageUnavailableError

SOURCE: Final = "source"
"""Name of the recording as it was sent."""

AUDIO: Final = "audio.pcm"
"""Name of its decoded audio, in the format of contract.audio."""

RESULT: Final = "result.json"


class MediaStore:
    """A folder of folders. Safe to use from many threads."""

    def __init__(self, url: str, s3_endpoint_url: str | None = None) -> None:
        """`url`: a path, or `s3://bucket/prefix`; nothing is touched yet."""
        options = s3_options(s3_endpoint_url) if url.startswith("s3://") else {}
        self._fs, self._root = fsspec.core.url_to_fs(url, **options)
        self._is_local = "file" in self._fs.protocol

    def local_path(self, folder: str, name: str) -> Path | None:
        """Where a file lies on this machine; None for a store that is elsewhere."""
        return Path(self._path(folder, name)) if self._is_local else None

    def prepare(self, folder: str) -> None:
        """Make a folder, for its owner's eyes only; raises StorageUnavailableError."""
        with _told(folder):
            self._fs.makedirs(f"{self._root}/{folder}", exist_ok=True)
            if self._is_local:
                Path(self._root).chmod(0o700)

    @contextmanager
    def writing(self, folder: str, name: str) -> Iterator[BinaryIO]:
        """A file to write; raises StorageFullError or StorageUnavailableError."""
        self.prepare(folder)
        with _told(folder), self._fs.open(self._path(folder, name), "wb") as file:
            yield cast(BinaryIO, file)

    @contextmanager
    def reading(self, folder: str, name: str) -> Iterator[BinaryIO]:
        """A file to read; raises FileNotFoundError or StorageUnavailableError."""
        with _told(folder), self._fs.open(self._path(folder, name), "rb") as file:
            yield cast(BinaryIO, file)

    def read(self, folder: str, name: str) -> bytes:
        """A whole file; raises FileNotFoundError or StorageUnavailableError."""
        with self.reading(folder, name) as file:
            return file.read()

    def put(self, path: Path, folder: str, name: str) -> None:
        """Copy a file of this machine into the store, where it does not lie there already."""
        if self.local_path(folder, name) == path:
            return
        with _told(folder):
            self._fs.put_file(str(path), self._path(folder, name))

    def get(self, folder: str, name: str, path: Path) -> None:
        """Copy a file of the store to this machine; raises FileNotFoundError."""
        with _told(folder):
            self._fs.get_file(self._path(folder, name), str(path))

    def exists(self, folder: str, name: str) -> bool:
        """Whether there is such a file."""
        with _told(folder):
            self._fs.invalidate_cache()
            return bool(self._fs.exists(self._path(folder, name)))

    def remove(self, folder: str, *, keep: str = "") -> None:
        """Remove a folder with all that is in it, but for a file by the name of `keep`."""
        with _told(folder):
            self._fs.invalidate_cache()
            place = f"{self._root}/{folder}"
            if not self._fs.exists(place):
                return
            paths: list[str] = self._fs.ls(place, detail=False)
            if not keep or all(path.rpartition("/")[2] != keep for path in paths):
                self._fs.rm(place, recursive=True)
                return
            for path in paths:
                if path.rpartition("/")[2] != keep:
                    self._fs.rm(path, recursive=True)

    def folders(self, older_than_s: float) -> list[str]:
        """The folders in which nothing was written for so long, seconds."""
        with _told("the media store"):
            self._fs.invalidate_cache()
            if not self._fs.exists(self._root):
                return []
            limit = time.time() - older_than_s
            return [
                str(entry["name"]).rstrip("/").rpartition("/")[2]
                for entry in self._fs.ls(self._root, detail=True)
                if entry["type"] == "directory" and self._touched(entry["name"]) < limit
            ]

    def _touched(self, place: str) -> float:
        entries = self._fs.ls(place, detail=True)
        times = [_modified(entry) for entry in entries if entry["type"] == "file"]
        if self._is_local:
            times.append(_modified(self._fs.info(place)))
        return max(times, default=0.0)

    def _path(self, folder: str, name: str) -> str:
        return f"{self._root}/{folder}/{name}"


def s3_options(endpoint_url: str | None) -> dict[str, Any]:
    """How s3fs is to be asked."""
    client = {"endpoint_url": endpoint_url} if endpoint_url else {}
    return {"client_kwargs": client, "skip_instance_cache": True, "use_listings_cache": False}


def _modified(entry: dict[str, Any]) -> float:
    changed = entry.get("mtime", entry.get("LastModified", 0.0))
    return changed.timestamp() if isinstance(changed, datetime) else float(changed)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn what an operating system or a service says into errors of ours."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise storage_error(error, what) from error


def storage_error(error: OSError, what: str) -> StorageFullError | StorageUnavailableError:
    """The error that an OSError while reading or writing media comes to."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StorageFullError("there is no space left for recordings")
    return StorageUnavailableError(f"{what}: {error.strerror or error}")
