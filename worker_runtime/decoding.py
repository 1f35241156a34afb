"""A recording in whatever format → samples, by an ffmpeg that can do no harm.

What is uploaded is anybody's: ffmpeg runs as a process of its own, reads the recording and nothing
else, and is bounded in memory, time and output. WAV and FLAC are read by libsndfile in blocks.
"""

import os
import resource
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from contract.errors import AudioTooLongError, AudioUnreadableError, EngineError

Samples = NDArray[np.float32]
"""In [-1, 1], mono, 16 kHz, shape [samples]."""

FORMATS: Final = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dts,eac3,flac,flv,loas,matroska,mov,mp3,"
    "mpc,mpc8,mpeg,mpegts,nistsphere,ogg,rm,tak,tta,voc,w64,wav,wv"
)
"""What ffmpeg may take a recording for: containers of sound and video. Left out are those that
name other files (playlists, concat, SDP), subtitles, pictures, and what plays itself (modules)."""

MEMORY: Final = 1 << 30
"""Of the ffmpeg process, bytes of address space. Opus, AAC and a film in MP4 took 262 MB."""

PATIENCE_S: Final = 10.0
"""Time for any recording, seconds; a long one has a second more for each half minute. ffmpeg
decoded 222 s of Opus in 0.6 s of one core."""

MOST_CHANNELS: Final = 8
HIGHEST_RATE: Final = 192_000
"""WAV and FLAC beyond these go to ffmpeg, which is bounded in memory."""

_BLOCK = 1 << 16
_SAMPLE_BYTES = 4
_CHUNK = 1 << 16
_KEEP_COMPLAINTS = 4096
_CHECK_S = 0.5


def decode(data: bytes | Path, *, longest_s: float) -> Samples:
    """The first sound track of a recording or video; at least one sample.

    Raises AudioTooLongError where it plays for longer than `longest_s` seconds, and
    AudioUnreadableError where there is no sound to be had from it.
    """
    most = int(longest_s * SAMPLE_RATE)
    with _opened(data) as file:
        samples = _read_lossless(file, most)
        if samples is None:
            samples = _read_by_ffmpeg(file, most, PATIENCE_S + longest_s / 30)
    if len(samples) > most:
        raise AudioTooLongError(f"the recording is longer than {longest_s:g} s")
    if not len(samples):
        raise AudioUnreadableError("the recording holds no sound")
    if not np.all(np.isfinite(samples)):
        raise AudioUnreadableError("the recording's samples are no numbers")
    return np.clip(samples, -1.0, 1.0)


def decode_to_file(
    source: Path, target: BinaryIO, *, longest_s: float, check: Callable[[], None]
) -> int:
    """The first sound track of a recording or video, written as contract.audio says.

    Returns how many samples, at least one; memory stays the same whatever the length. `check` is
    called twice a second, and ends it by raising. Raises AudioTooLongError, AudioUnreadableError,
    and OSError where `target` can't be written.
    """
    most = int(longest_s * SAMPLE_RATE)
    patience_s = PATIENCE_S + longest_s / 30
    with _opened(source) as file:
        command = _command(file, most, ["-c:a", "pcm_s16le", "-f", "s16le"])
        with _running(command, file.fileno(), patience_s) as process:
            output = _collect(
                process,
                most=(most + 1) * BYTES_PER_SAMPLE,
                deadline=time.monotonic() + patience_s,
                write=target.write,
                check=check,
            )
    if output.size > most * BYTES_PER_SAMPLE:
        raise AudioTooLongError(f"the recording is longer than {longest_s:g} s")
    if output.code != 0:
        raise AudioUnreadableError(_reason(output))
    if output.size < BYTES_PER_SAMPLE:
        raise AudioUnreadableError("the recording holds no sound")
    return output.size // BYTES_PER_SAMPLE


@contextmanager
def _opened(data: bytes | Path) -> Iterator[BinaryIO]:
    """The recording as a file that can seek; bytes stay in memory, gone with this process."""
    if isinstance(data, Path):
        try:
            file: BinaryIO = data.open("rb")
        except OSError as error:
            raise AudioUnreadableError(f"{data}: {error.strerror}") from error
    else:
        if not data:
            raise AudioUnreadableError("the recording is empty")
        file = os.fdopen(os.memfd_create("recording"), "w+b")
        file.write(data)
        file.flush()
    with file:
        yield file


def _read_lossless(file: BinaryIO, most: int) -> Samples | None:
    """The samples (one more than `most` at most) of a usual WAV or FLAC file; None for all else.

    It is what programs send that know us, and ffmpeg takes 90 ms to start.
    """
    fd = file.fileno()
    if os.pread(fd, 4, 0) not in {b"RIFF", b"fLaC"}:
        return None
    os.lseek(fd, 0, os.SEEK_SET)
    try:
        with soundfile.SoundFile(fd, closefd=False) as sound:
            rate = sound.samplerate
            if sound.channels > MOST_CHANNELS or not 8_000 <= rate <= HIGHEST_RATE:
                return None
            wanted = -(-(most + 1) * rate // SAMPLE_RATE)
            blocks = [
                block.mean(axis=1)
                for block in sound.blocks(_BLOCK, frames=wanted, dtype="float32", always_2d=True)
            ]
    except soundfile.LibsndfileError:  # ffmpeg forgives more, or says what is wrong
        return None
    samples = np.concatenate([np.empty(0, np.float32), *blocks])
    return np.asarray(soxr.resample(samples, rate, SAMPLE_RATE)[: most + 1], np.float32)


def _read_by_ffmpeg(file: BinaryIO, most: int, patience_s: float) -> Samples:
    """The samples, one more than `most` at most."""
    command = _command(file, most, ["-f", "f32le"])
    data = bytearray()
    limit = (most + 1) * _SAMPLE_BYTES
    with _running(command, file.fileno(), patience_s) as process:
        output = _collect(
            process, most=limit, deadline=time.monotonic() + patience_s, write=data.extend
        )
    if output.size <= most * _SAMPLE_BYTES and output.code != 0:
        raise AudioUnreadableError(_reason(output))
    whole = min(len(data), limit) // _SAMPLE_BYTES
    return np.frombuffer(bytes(data), "<f4", count=whole)


def _command(file: BinaryIO, most: int, form: list[str]) -> list[str]:
    """ffmpeg's command for the first sound track, mono at 16 kHz, onto its standard output."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-threads", "1"]
    command += ["-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS]
    command += ["-vn", "-sn", "-dn", "-i", f"file:/proc/self/fd/{file.fileno()}"]
    command += ["-map", "0:a:0", "-t", str(most / SAMPLE_RATE + 1), "-filter_threads", "1"]
    # Channels are averaged; in floating point ffmpeg would make two that are alike louder by half.
    command += ["-ac", "1", "-rematrix_maxval", "1", "-ar", str(SAMPLE_RATE), *form]
    return [*command, "pipe:1"]


@contextmanager
def _running(command: list[str], fd: int, patience_s: float) -> Iterator[subprocess.Popen[bytes]]:
    """ffmpeg with limits, ended when the context is."""
    try:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(fd,),
        )
    except FileNotFoundError as error:
        raise EngineError("ffmpeg is not installed") from error
    with process:
        try:
            _limit(process.pid, patience_s)
            yield process
        finally:
            process.kill()


def _limit(pid: int, patience_s: float) -> None:
    """Limits from outside: a function run between fork and exec may deadlock among threads."""
    cpu_s = int(patience_s) + 1
    with suppress(ProcessLookupError):  # it has ended already
        resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.prlimit(pid, resource.RLIMIT_CPU, (cpu_s, cpu_s))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, 0))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


@dataclass(frozen=True, slots=True)
class _Output:
    size: int
    """Bytes written."""
    complaints: bytes
    code: int | None
    """ffmpeg's exit code; None where it was not waited for: it wrote enough, or took too long."""


def _collect(
    process: subprocess.Popen[bytes],
    *,
    most: int,
    deadline: float,
    write: Callable[[bytes], object],
    check: Callable[[], None] = lambda: None,
) -> _Output:
    """Hand on what ffmpeg writes, up to `most` bytes and until `deadline`.

    Its complaints are cut short.
    """
    size, complaints = 0, bytearray()
    assert process.stdout is not None  # noqa: S101 (both are pipes, which mypy can't know)
    assert process.stderr is not None  # noqa: S101
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        selector.register(process.stderr, selectors.EVENT_READ)
        while selector.get_map() and size < most and (left := deadline - time.monotonic()) > 0:
            check()
            for key, _ in selector.select(min(left, _CHECK_S)):
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    size += len(wanted := chunk[: most - size])
                    write(wanted)
                else:
                    complaints = (complaints + chunk)[:_KEEP_COMPLAINTS]
        ended = not selector.get_map()
    if ended:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(1.0, deadline - time.monotonic()))
    return _Output(size, bytes(complaints), process.returncode)


def _reason(output: _Output) -> str:
    if output.code in {None, -signal.SIGXCPU, -signal.SIGKILL}:
        return "the recording takes too long to decode"
    if b"matches no streams" in output.complaints:
        return "there is no sound track in the file"
    if b"Cannot allocate memory" in output.complaints:
        return "the recording takes too much memory to decode"
    return "the file is no recording that ffmpeg can decode"
