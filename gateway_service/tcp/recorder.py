"""Keeps what was heard, where that is switched on: a WAV file for each recognition."""

import fcntl
import logging
import os
import re
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from gateway_service.tcp.config import SavePcm

log = logging.getLogger(__name__)

_DAY_S: Final = 86_400
_MB: Final = 1_000_000


class Recorder:
    """One recognition's file, within the bounds of the configuration.

    It is a WAV file at every moment, so that whatever ends the process leaves one.
    """

    def __init__(self, config: SavePcm, user: str, session_id: str) -> None:
        """Begin the file, and remove older ones where that is due.

        May take a while in a large folder. Raises OSError.
        """
        config.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = re.sub(r"[^A-Za-z0-9-]", "_", user)[:40]
        begun = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        path = config.directory / f"{begun}-{name}-{session_id}.wav"
        self._bytes = 0
        self._left = int(config.max_mb * _MB) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE
        with _alone_in(config.directory):
            _make_room(config)
            self._file = path.open("xb", buffering=0)
            fcntl.flock(self._file, fcntl.LOCK_EX)  # says that it is in progress
        self._file.write(wav_header(0))

    def write(self, pcm: bytes) -> None:
        """Keep some more, as long as there is room; a full disk ends the file, not the call."""
        kept = pcm[: self._left]
        if not kept:
            return
        try:
            written = self._file.write(kept) or 0
            self._bytes += written
            os.pwrite(self._file.fileno(), wav_header(self._bytes), 0)
        except OSError as error:
            log.warning("recording ends: %s", error)
            written = 0
        self._left = self._left - written if written == len(kept) else 0

    def close(self) -> None:
        """The file is finished."""
        self._file.close()


def wav_header(size: int) -> bytes:
    """What stands before so many bytes of PCM (contract.audio) in a WAV file."""
    audio = struct.pack(
        "<4sIHHIIHH",
        *(b"fmt ", 16, 1, 1),
        *(SAMPLE_RATE, SAMPLE_RATE * BYTES_PER_SAMPLE, BYTES_PER_SAMPLE, 8 * BYTES_PER_SAMPLE),
    )
    data = struct.pack("<4sI", b"data", size)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(audio) + len(data) + size, b"WAVE") + audio + data


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """No other recording begins there meanwhile, of this process or another."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make_room(config: SavePcm) -> None:
    """Remove the oldest finished recordings, until another can grow as large as it may.

    Those in progress count as large as they may grow. Raises OSError where they leave no room.
    """
    largest = len(wav_header(0)) + config.max_mb * _MB
    room = config.max_total_mb * _MB - largest
    finished: list[tuple[float, int, Path]] = []
    for path in config.directory.glob("*.wav"):
        try:
            if _is_finished(path):
                stat = path.stat()
                finished.append((stat.st_mtime, stat.st_size, path))
            else:
                room -= largest
        except FileNotFoundError:
            continue
    too_old = time.time() - config.max_days * _DAY_S
    total = sum(size for _, size, _ in finished)
    for ended, size, path in sorted(finished):
        if ended >= too_old and total <= max(room, 0):
            break
        path.unlink(missing_ok=True)
        total -= size
    if room < 0:
        raise OSError(f"{config.directory}: the recordings in progress may fill max_total_mb")


def _is_finished(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
