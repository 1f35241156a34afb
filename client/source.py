"""Audio of any kind as PCM in the format of contract.audio."""

import itertools
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, Protocol, cast

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from client.errors import SourceError
from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE

STDIN: Final = "-"

BLOCK_S: Final = 0.5
"""Audio decoded at a time, seconds."""

LIVE_BLOCK_S: Final = 0.05
"""The same where the audio may be live, seconds."""

_READ_BYTES: Final = 16 * 1024
_RIFF_BYTES: Final = 12

Samples = NDArray[np.float32]


class Readable(Protocol):
    """What can be read from start to end; an empty answer is the end."""

    def read(self, size: int, /) -> bytes | None:
        """Up to `size` bytes."""


def read_audio(name: str) -> Iterator[bytes]:
    """The audio of a file, or of standard input for "-", mono and at 16 kHz, block by block.

    Files: whatever libsndfile reads, else whatever ffmpeg does, without ever following a link to
    the network. Standard input: raw PCM in the format of contract.audio, or a 16-bit WAV. Raises
    SourceError, at once where the file can't be opened.
    """
    if name == STDIN:
        # Not sys.stdin: its lock, held by a thread that waits for input, would block the exit.
        return read_stream(open(sys.stdin.fileno(), "rb", buffering=0, closefd=False))
    path = Path(name)
    if not path.exists():
        raise SourceError(f"{name}: no such file")
    if path.is_dir():
        raise SourceError(f"{name} is a folder")
    try:
        return _read_soundfile(soundfile.SoundFile(path))
    except soundfile.LibsndfileError as error:
        return _read_ffmpeg(path, str(error))
    except OSError as error:
        raise SourceError(f"{name}: {error.strerror or error}") from error


def read_stream(stream: Readable) -> Iterator[bytes]:
    """Raw PCM in the format of contract.audio, or a WAV file of 16 bits, as it comes."""
    head = _read_exactly(stream, _RIFF_BYTES)
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        yield from _read_wav(_Exact(head, stream))
        return
    yield head
    while block := stream.read(_READ_BYTES):
        yield block


def _read_soundfile(file: Any) -> Iterator[bytes]:
    with file:
        to_pcm = Converter(file.samplerate)
        frames = round(file.samplerate * BLOCK_S)
        try:
            for block in file.blocks(frames, dtype="float32", always_2d=True):
                yield to_pcm(block)
        except soundfile.LibsndfileError as error:
            raise SourceError(f"{file.name}: {error}") from error
        yield to_pcm.rest()


def _read_wav(stream: "Readable") -> Iterator[bytes]:
    try:
        with wave.open(cast(IO[bytes], stream), "rb") as file:  # it calls nothing but read
            if file.getsampwidth() != BYTES_PER_SAMPLE:
                raise SourceError(
                    f"standard input: a WAV of {8 * file.getsampwidth()} bits, not 16"
                )
            channels = file.getnchannels()
            to_pcm = Converter(file.getframerate())
            while block := file.readframes(round(file.getframerate() * LIVE_BLOCK_S)):
                whole = len(block) - len(block) % (BYTES_PER_SAMPLE * channels)
                samples = np.frombuffer(block[:whole], dtype="<i2").reshape(-1, channels)
                yield to_pcm(samples.astype(np.float32) / np.float32(32768))
            yield to_pcm.rest()
    except (wave.Error, EOFError) as error:
        raise SourceError(f"standard input: a WAV that can't be read: {error}") from error


def _read_ffmpeg(path: Path, why: str) -> Iterator[bytes]:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise SourceError(f"{path}: {why}; with ffmpeg installed more kinds of files can be read")
    command = [ffmpeg, "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe"]
    command += ["-i", f"file:{path}", "-map", "0:a:0"]
    command += ["-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "s16le", "pipe:1"]
    blocks = _run(command, str(path))
    return itertools.chain([next(blocks, b"")], blocks)


def _run(command: list[str], name: str) -> Iterator[bytes]:
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints) as process,  # noqa: S603
    ):
        assert process.stdout is not None  # noqa: S101
        try:
            while block := process.stdout.read(_READ_BYTES):
                yield block
        except GeneratorExit:
            process.kill()
            raise
        if process.wait() != 0:
            complaints.seek(0)
            lines = complaints.read().decode(errors="replace").strip().splitlines()
            raise SourceError(f"{name}: ffmpeg: {lines[-1] if lines else 'failed'}")


class Converter:
    """Samples in -1..1, of shape (frames, channels), to PCM: mixed down and resampled by soxr."""

    def __init__(self, rate: int) -> None:
        same = rate == SAMPLE_RATE
        self._resampler = None if same else soxr.ResampleStream(rate, SAMPLE_RATE, 1, "float32")

    def __call__(self, block: Samples, last: bool = False) -> bytes:
        """The PCM of the next block, as far as the resampler has it already."""
        mono = block.mean(axis=1, dtype=np.float32)
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono, last=last)
        pcm: bytes = np.clip(np.rint(mono * 32768), -32768, 32767).astype("<i2").tobytes()
        return pcm

    def rest(self) -> bytes:
        """What the resampler still holds, once the audio has ended."""
        return self(np.zeros((0, 1), dtype=np.float32), last=True) if self._resampler else b""


class _Exact:
    """A stream whose first bytes were read already; each read is as long as asked for."""

    def __init__(self, head: bytes, stream: Readable) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        head, self._head = self._head[:size], self._head[size:]
        return head + _read_exactly(self._stream, size - len(head))


def _read_exactly(stream: Readable, size: int) -> bytes:
    """`size` bytes, fewer only at the end of the stream."""
    data = bytearray()
    while len(data) < size and (block := stream.read(size - len(data))):
        data += block
    return bytes(data)
