"""Voice prints in a folder, a JSON file each: for programs that run without a server."""

import fcntl
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from contract.errors import InvalidMessageError
from contract.speakers import StoredPrint
from diarization_worker.registry.prints import Print
from diarization_worker.registry.store import Changes
from diarization_worker.registry.transfer import exported, imported

LOCK: Final = ".lock"
"""Held by whoever reads or writes; says the version, nanoseconds since the epoch."""

SUFFIX: Final = ".json"


class FolderPrintStore:
    """A PrintStore for the programs of one machine. Each file is a line of an export."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when the first print is."""
        self._folder = folder

    def changes(self, version: int, known: Collection[str]) -> Changes:
        """Reads a number where nothing happened, else all prints."""
        with self._locked() as lock:
            now = _version(lock)
            if now == version:
                return Changes(now)
            files = sorted(self._folder.glob(f"*{SUFFIX}")) if self._folder.exists() else []
            prints = tuple(_read(file).without_audio() for file in files)
        return Changes(now, prints, frozenset(p.speaker_id for p in prints))

    def read(self, speaker_id: str) -> Print | None:
        """One print with all its audio; raises InvalidMessageError where its file is damaged."""
        file = self._file(speaker_id)
        return _read(file) if file.exists() else None

    def update(self, speaker_id: str, change: Callable[[Print | None], Print]) -> Print:
        """While others wait."""
        with self._writing():
            after = change(self.read(speaker_id))
            self._put(after)
        return after

    def write(self, prints: Sequence[Print]) -> None:
        """One after the other, while others wait."""
        with self._writing():
            for voice_print in prints:
                self._put(voice_print)

    def delete(self, speaker_id: str) -> bool:
        """The file is gone."""
        file = self._file(speaker_id)
        with self._writing():
            there = file.exists()
            file.unlink(missing_ok=True)
        return there

    def _file(self, speaker_id: str) -> Path:
        return self._folder / f"{speaker_id}{SUFFIX}"  # ids have no slash and begin with no dot

    def _put(self, voice_print: Print) -> None:
        """Replace the file as one step, so that no reader finds half of one."""
        half = self._folder / f".{voice_print.speaker_id}.new"
        half.write_text(exported(voice_print).model_dump_json() + "\n", encoding="utf-8")
        half.replace(self._file(voice_print.speaker_id))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # voices are private
        with self._locked(exclusive=True) as lock:
            version = max(_version(lock) + 1, time.time_ns())
            os.pwrite(lock, str(version).encode(), 0)  # first: a change cut short is read again
            yield

    @contextmanager
    def _locked(self, *, exclusive: bool = False) -> Iterator[int]:
        """Hold the lock file, and have it open; where there is no folder there is nothing to."""
        if not self._folder.exists():
            with open(os.devnull, "rb") as nothing:
                yield nothing.fileno()
            return
        lock = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
            yield lock
        finally:
            os.close(lock)


def _version(lock: int) -> int:
    return int(os.read(lock, 64) or b"0")


def _read(file: Path) -> Print:
    try:
        return imported(StoredPrint.model_validate_json(file.read_bytes()))
    except ValidationError:  # whose text would show the embedding
        raise InvalidMessageError(f"{file} is no voice print") from None
