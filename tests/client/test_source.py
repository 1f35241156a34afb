import io
import shutil
import socket
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from client.errors import SourceError
from client.source import read_audio, read_stream

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is missing")


def tone(rate: int, seconds: float = 1.0) -> NDArray[np.float64]:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)


def samples(pcm: bytes) -> NDArray[np.int16]:
    return np.frombuffer(pcm, dtype="<i2")


def wav(rate: int, channels: int, data: NDArray[np.float64], width: int = 2) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        pcm = np.repeat((data * 32767).astype("<i2")[:, None], channels, axis=1)
        out.writeframes(pcm.tobytes())
    return file.getvalue()


def check_tone(pcm: bytes, tolerance: float) -> None:
    """The tone, resampled: the ends of any resampler ring a little, the middle must not."""
    expected = tone(16_000)
    heard = samples(pcm) / 32768
    assert abs(len(heard) - len(expected)) <= 16
    middle = slice(1_000, 15_000)
    assert np.max(np.abs(heard[middle] - expected[middle])) < tolerance


class Trickle:
    """A pipe that gives a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, 7))


def test_our_own_format_is_left_as_it_is(tmp_path: Path) -> None:
    pcm = np.arange(-20_000, 20_000, 3, dtype="<i2")
    soundfile.write(tmp_path / "a.wav", pcm, 16_000)
    assert b"".join(read_audio(str(tmp_path / "a.wav"))) == pcm.tobytes()


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_files_are_mixed_down_and_resampled(tmp_path: Path, rate: int) -> None:
    stereo = np.stack([tone(rate) * 1.5, tone(rate) * 0.5], axis=1)
    soundfile.write(tmp_path / "a.flac", stereo, rate, subtype="PCM_24")
    check_tone(b"".join(read_audio(str(tmp_path / "a.flac"))), 0.001)


def test_too_loud_is_clamped(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.array([2.0, -2.0]), 16_000, subtype="FLOAT")
    pcm = b"".join(read_audio(str(tmp_path / "a.wav")))
    assert samples(pcm).tolist() == [32767, -32768]


@needs_ffmpeg
def test_other_files_go_through_ffmpeg(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(44_100), 44_100)
    made = tmp_path / "a film.mp4"
    subprocess.run(  # noqa: S603 (our own command)
        ["ffmpeg", "-v", "error", "-i", tmp_path / "a.wav", "-c:a", "alac", made],  # noqa: S607
        check=True,
    )
    check_tone(b"".join(read_audio(str(made))), 0.01)


@needs_ffmpeg
def test_a_playlist_does_not_reach_the_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bait:
        bait.setblocking(False)
        url = f"http://127.0.0.1:{bait.getsockname()[1]}/a.ts"
        playlist = tmp_path / "list.m3u8"
        playlist.write_text(
            f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n"
        )
        with pytest.raises(SourceError):
            b"".join(read_audio(str(playlist)))
        with pytest.raises(BlockingIOError):
            bait.accept()


@needs_ffmpeg
def test_what_nothing_can_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no sound at all")
    with pytest.raises(SourceError, match=r"notes\.txt: ffmpeg: .*Invalid data"):
        read_audio(str(tmp_path / "notes.txt"))


def test_without_ffmpeg_the_way_out_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    (tmp_path / "notes.txt").write_text("no sound at all")
    with pytest.raises(SourceError, match="with ffmpeg installed"):
        read_audio(str(tmp_path / "notes.txt"))


def test_missing_files_and_folders_are_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_audio(str(tmp_path / "a.wav"))
    with pytest.raises(SourceError, match="is a folder"):
        read_audio(str(tmp_path))


@pytest.mark.parametrize("size", [0, 5, 12, 13, 100_000])
def test_a_raw_stream_is_passed_on(size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    assert b"".join(read_stream(io.BytesIO(data))) == data
    assert b"".join(read_stream(Trickle(data))) == data


@pytest.mark.parametrize("channels", [1, 2])
def test_a_wav_stream_is_recognised(channels: int) -> None:
    check_tone(b"".join(read_stream(Trickle(wav(44_100, channels, tone(44_100))))), 0.001)


def test_a_wav_stream_of_unknown_length_goes_on_to_its_end() -> None:
    data = bytearray(wav(16_000, 1, tone(16_000)))
    data[4:8] = data[40:44] = b"\xff" * 4
    check_tone(b"".join(read_stream(io.BytesIO(bytes(data)))), 0.001)


def test_wav_streams_that_are_something_else_are_said() -> None:
    with pytest.raises(SourceError, match="of 8 bits, not 16"):
        b"".join(read_stream(io.BytesIO(wav(16_000, 1, tone(16_000), width=1))))
    with pytest.raises(SourceError, match="can't be read"):
        b"".join(read_stream(io.BytesIO(b"RIFF\0\0\0\0WAVEjunk")))
