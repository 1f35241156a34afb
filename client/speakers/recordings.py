"""Recordings as they are handed to a registry: files as they are, or what was cut out of them."""

import io
import wave
from dataclasses import dataclass
from pathlib import Path

from client.errors import SourceError
from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Recording:
    """Audio in any format that ffmpeg reads; whoever gets it decodes it."""

    name: str
    content: Path | bytes

    def read(self) -> bytes:
        """All of it; raises SourceError."""
        if isinstance(self.content, bytes):
            return self.content
        try:
            return self.content.read_bytes()
        except OSError as error:
            raise SourceError(f"{self.name}: {error.strerror or error}") from error


def recording(path: Path, duration: float | None = None) -> Recording:
    """A file, or only the first `duration` seconds of its audio; raises SourceError."""
    if not path.exists():
        raise SourceError(f"{path}: no such file")
    if path.is_dir():
        raise SourceError(f"{path} is a folder")
    if duration is None:
        return Recording(str(path), path)
    from client.source import read_audio  # numpy and soundfile, which help needs not wait for

    wanted = round(duration * SAMPLE_RATE) * BYTES_PER_SAMPLE
    pcm = bytearray()
    for block in read_audio(str(path)):
        pcm += block
        if len(pcm) >= wanted:
            break
    return Recording(str(path), wav(bytes(pcm[:wanted])))


def wav(pcm: bytes) -> bytes:
    """Audio in the format of contract.audio as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(BYTES_PER_SAMPLE)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(pcm)
    return file.getvalue()
