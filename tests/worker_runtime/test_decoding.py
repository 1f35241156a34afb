import os
import signal
import subprocess
import sys
import tracemalloc
import wave
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from contract.errors import AudioTooLongError, AudioUnreadableError
from tests.support.sounds import RATE, syllables, to_pcm, white_noise
from worker_runtime import decoding
from worker_runtime.decoding import decode, decode_to_file


def wav(samples: np.ndarray, rate: int = RATE, subtype: str = "PCM_16") -> bytes:
    file = BytesIO()
    soundfile.write(file, samples, rate, subtype=subtype, format="WAV")
    return file.getvalue()


Convert = Callable[..., bytes]


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    """Makes a file by ffmpeg: `convert("name.ext", arguments…)`, `voice.wav` being there."""
    (tmp_path / "voice.wav").write_bytes(wav(syllables(2.0)))

    def run(name: str, *arguments: str) -> bytes:
        subprocess.run(  # noqa: S603
            ["ffmpeg", "-nostdin", "-v", "error", *arguments, name],  # noqa: S607
            cwd=tmp_path,
            check=True,
        )
        return (tmp_path / name).read_bytes()

    return run


Decoding = tuple["subprocess.Popen[bytes]", decoding._Output]


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> list[Decoding]:
    """The processes that decoded, and what was taken from them."""
    seen = []
    collect = decoding._collect

    def noted(process: "subprocess.Popen[bytes]", **how: Any) -> decoding._Output:
        output = collect(process, **how)
        seen.append((process, output))
        return output

    monkeypatch.setattr(decoding, "_collect", noted)
    return seen


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """The largest correlation when one may be late by up to 0.1 s, as encoders make it."""
    size = min(len(one), len(other)) - 1600
    return max(
        float(np.corrcoef(one[lag : lag + size], other[:size])[0, 1]) for lag in range(0, 1600)
    )


def test_plain_wav_is_read_to_the_sample_without_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    pcm = to_pcm(syllables(1.0))
    samples = decode(wav(np.frombuffer(pcm, "<i2")), longest_s=10)
    assert samples.dtype == np.float32
    assert np.array_equal(np.round(samples * 32768).astype("<i2"), np.frombuffer(pcm, "<i2"))


def test_flac_of_another_rate_is_read_without_ffmpeg(
    convert: Convert, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = convert("a.flac", "-i", "voice.wav", "-ar", "48000")
    monkeypatch.setenv("PATH", "/nowhere")
    assert likeness(decode(data, longest_s=10), syllables(2.0)) > 0.99


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_stereo_is_mixed(subtype: str) -> None:
    left, right = syllables(1.0, seed=1), white_noise(1.0)
    samples = decode(wav(np.column_stack([left, right]), subtype=subtype), longest_s=10)
    assert samples == pytest.approx((left + right) / 2, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("a.flac", []),
        ("a.mp3", []),
        ("a.ogg", ["-c:a", "libvorbis"]),
        ("a.opus", []),
        ("a.webm", ["-c:a", "libopus"]),
        ("a.m4a", []),
        ("a.aiff", []),
        ("telephone.wav", ["-ar", "8000", "-c:a", "pcm_mulaw"]),
        ("studio.wav", ["-ar", "48000", "-ac", "2", "-c:a", "pcm_s24le"]),
        ("film.mp4", ["-f", "lavfi", "-i", "testsrc=d=2", "-c:v", "mpeg4"]),
        ("film.mkv", ["-f", "lavfi", "-i", "testsrc=d=2", "-c:v", "mpeg4"]),
    ],
)
def test_any_format_gives_the_same_sound(convert: Convert, name: str, arguments: list[str]) -> None:
    samples = decode(convert(name, "-i", "voice.wav", *arguments), longest_s=10)
    assert len(samples) / RATE == pytest.approx(2.0, abs=0.15)
    assert likeness(samples, syllables(2.0)) > 0.9


def test_a_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "-i odd %d name.txt"
    path.write_bytes(wav(syllables(1.0), 44_100))
    assert len(decode(path, longest_s=10)) == pytest.approx(RATE / 44_100 * RATE, abs=20)
    with pytest.raises(AudioUnreadableError, match="No such file"):
        decode(tmp_path / "none.wav", longest_s=10)


def test_what_is_longer_than_allowed_is_refused(convert: Convert) -> None:
    plain, flac = wav(syllables(2.0)), convert("a.flac", "-i", "voice.wav")
    for data in (plain, flac):
        assert len(decode(data, longest_s=2.0)) == 2 * RATE
        with pytest.raises(AudioTooLongError, match=r"longer than 1\.9 s"):
            decode(data, longest_s=1.9)


@pytest.mark.parametrize(("name", "seconds"), [("bomb.oga", 3600), ("bomb.opus", 300)])
def test_silence_without_end_in_a_small_file_costs_no_more_than_is_allowed(
    convert: Convert, decodings: list[Decoding], name: str, seconds: int
) -> None:
    silence = ["-f", "lavfi", "-i", f"anullsrc=r=8000:d={seconds}", "-ac", "1"]
    bomb = convert(name, *silence, "-compression_level", "0")
    assert len(bomb) < 2_500_000
    with pytest.raises(AudioTooLongError):
        decode(bomb, longest_s=60)
    ((process, output),) = decodings
    assert output.size == (60 * RATE + 1) * 4
    assert process.returncode is not None


def test_an_hour_of_flac_is_read_no_further_than_is_allowed(convert: Convert) -> None:
    bomb = convert("bomb.flac", "-f", "lavfi", "-i", "anullsrc=r=8000:d=3600", "-ac", "1")
    tracemalloc.start()
    try:
        with pytest.raises(AudioTooLongError):
            decode(bomb, longest_s=60)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000  # a minute of floats is 4 MB
    finally:
        tracemalloc.stop()


def test_a_wav_whose_header_lies_gives_what_is_there() -> None:
    whole = wav(syllables(1.0))
    endless = whole[:40] + b"\xff\xff\xff\x7f" + whole[44:]
    assert len(decode(endless, longest_s=10)) == RATE
    assert len(decode(whole[:-1001], longest_s=10)) == RATE - 501


@pytest.mark.parametrize("name", ["a.flac", "a.mp3", "a.opus", "a.webm"])
def test_a_truncated_recording_gives_what_is_left(convert: Convert, name: str) -> None:
    data = convert(name, "-i", "voice.wav")
    samples = decode(data[: len(data) // 2], longest_s=10)
    assert 0.3 < len(samples) / RATE < 1.7


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"RIFF\0\0\0\0WAVE",
        b"Four score and seven years ago our fathers brought forth. " * 200,
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
        b"1\n00:00:00,000 --> 00:00:05,000\nhello\n",
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        np.random.default_rng(0).bytes(100_000),
    ],
    ids=[
        *("empty", "one byte", "header alone", "text", "playlist", "concat", "session description"),
        *("subtitles", "picture", "random"),
    ],
)
def test_what_is_no_recording_is_refused(data: bytes) -> None:
    with pytest.raises(AudioUnreadableError):
        decode(data, longest_s=10)


def test_a_recording_without_samples_is_refused(convert: Convert) -> None:
    empty = BytesIO()
    with wave.open(empty, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
    for data in (empty.getvalue(), convert("a.flac", "-i", "voice.wav", "-t", "0")):
        with pytest.raises(AudioUnreadableError):
            decode(data, longest_s=10)


def test_a_film_without_sound_says_so(convert: Convert) -> None:
    film = convert("film.mp4", "-f", "lavfi", "-i", "testsrc=d=1", "-c:v", "mpeg4")
    with pytest.raises(AudioUnreadableError, match="no sound track"):
        decode(film, longest_s=10)


def test_samples_that_are_no_numbers_are_refused() -> None:
    samples = syllables(1.0)
    samples[100] = np.nan
    with pytest.raises(AudioUnreadableError, match="no numbers"):
        decode(wav(samples, subtype="FLOAT"), longest_s=10)


def test_what_is_louder_than_full_scale_is_clipped() -> None:
    samples = decode(wav(10 * syllables(1.0), subtype="FLOAT"), longest_s=10)
    assert (samples.min(), samples.max()) == (-1.0, 1.0)


StandIn = Callable[[str], None]


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Puts a program (in Python) in the place of ffmpeg: one that a recording got the better of."""

    def put(program: str) -> None:
        script = tmp_path / "ffmpeg"
        script.write_text(f"#!{sys.executable}\n{program}\n")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setattr(decoding, "PATIENCE_S", 0.7)
        monkeypatch.chdir(tmp_path)

    return put


@pytest.mark.parametrize(
    "program",
    [
        "import signal; signal.pause()",
        "while True: print('no', file=__import__('sys').stderr)",
        "import os, signal; os.closerange(0, 3); signal.pause()",
    ],
    ids=["asleep", "complaining", "mute"],
)
def test_ffmpeg_is_ended_when_it_takes_too_long(
    stand_in: StandIn, decodings: list[Decoding], program: str
) -> None:
    stand_in(program)
    with pytest.raises(AudioUnreadableError, match="too long to decode"):
        decode(b"anything", longest_s=1)
    ((process, output),) = decodings
    assert process.returncode is not None
    assert len(output.complaints) <= 4096


LIMITED = """
import resource
while resource.getrlimit(resource.RLIMIT_CORE) != (0, 0): pass
"""
"""Waits for the limits, which are set from outside when a program runs already."""


@pytest.mark.parametrize(
    ("program", "ending"),
    [
        ("bytearray(2 << 30)", "1"),
        ("open('written', 'w').write('x' * 100_000)", "SIGXFSZ"),
    ],
    ids=["memory", "files"],
)
def test_ffmpeg_has_limits(
    stand_in: StandIn, decodings: list[Decoding], program: str, ending: str
) -> None:
    stand_in(LIMITED + "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n" + program)
    with pytest.raises(AudioUnreadableError):
        decode(b"anything", longest_s=1)
    ((_, output),) = decodings
    assert output.code is not None
    assert ending == (signal.Signals(-output.code).name if output.code < 0 else str(output.code))


def test_ffmpeg_does_not_outlive_its_time_even_where_nobody_is_left_to_end_it(
    stand_in: StandIn, decodings: list[Decoding]
) -> None:
    stand_in(LIMITED + "import sys\nsys.exit(str(resource.getrlimit(resource.RLIMIT_CPU)))")
    with pytest.raises(AudioUnreadableError):
        decode(b"anything", longest_s=1)
    ((_, output),) = decodings
    assert output.complaints == b"(1, 1)\n"


def test_a_recording_becomes_a_file_whatever_its_length(tmp_path: Path) -> None:
    path, target = tmp_path / "a.flac", tmp_path / "a.pcm"
    soundfile.write(path, syllables(3.0), 16_000)
    checks = []
    with target.open("wb") as out:
        count = decode_to_file(path, out, longest_s=10, check=lambda: checks.append(1))
    samples = np.frombuffer(target.read_bytes(), "<i2").astype(np.float32) / 32768
    assert count == len(samples) == 48_000
    assert checks
    assert likeness(samples, decode(path, longest_s=10)) > 0.999


def test_a_file_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, syllables(3.0), 16_000)
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(OSError, match="space"):
        decode_to_file(path, full, longest_s=10, check=lambda: None)
    with (tmp_path / "out").open("wb") as out:
        with pytest.raises(AudioTooLongError):
            decode_to_file(path, out, longest_s=1, check=lambda: None)
        (tmp_path / "no.wav").write_bytes(b"RIFF nothing")
        with pytest.raises(AudioUnreadableError):
            decode_to_file(tmp_path / "no.wav", out, longest_s=1, check=lambda: None)


def test_decoding_is_ended_by_who_watches(tmp_path: Path, decodings: list[Decoding]) -> None:
    class EnoughError(Exception):
        pass

    def enough() -> None:
        raise EnoughError

    path = tmp_path / "a.flac"
    soundfile.write(path, syllables(3.0), 16_000)
    with (tmp_path / "out").open("wb") as out, pytest.raises(EnoughError):
        decode_to_file(path, out, longest_s=10, check=enough)
