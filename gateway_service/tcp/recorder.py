"""Keeps what was heard, where that is switched on: a WAV file for each recognition."""

import logging
import re
import time
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from gateway_service.tcp.config import SavePcm

log = logging.getLogger(__name__)

_DAY_S: Final = 86_400


class Recorder:
    """One recognition's file, within the bounds of the configuration."""

    def __init__(self, config: SavePcm, user: str, session_id: str) -> None:
        """Begin the file, and remove those that are too old. Raises OSError."""
        config.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _remove_old(config.directory, config.max_days)
        name = re.sub(r"[^A-Za-z0-9-]", "_", user)[:40]
        begun = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        path = config.directory / f"{begun}-{name}-{session_id}.wav"
        self._left = int(config.max_mb * 1e6)
        self._file = wave.open(str(path), "wb")  # noqa: SIM115 (closed by `close`)
        self._file.setnchannels(1)
        self._file.setsampwidth(BYTES_PER_SAMPLE)
        self._file.setframerate(SAMPLE_RATE)

    def write(self, pcm: bytes) -> None:
        """Keep some more, as long as there is room; a full disk ends the file, not the call."""
        if not self._left:
            return
        kept = pcm[: self._left]
        self._left -= len(kept)
        try:
            self._file.writeframesraw(kept)
        except OSError as error:
            log.warning("recording ends: %s", error)
            self._left = 0

    def close(self) -> None:
        """Complete the file."""
        try:
            self._file.close()
        except OSError as error:
            log.warning("recording is incomplete: %s", error)


def _remove_old(directory: Path, max_days: float) -> None:
    oldest = time.time() - max_days * _DAY_S
    for path in directory.glob("*.wav"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
