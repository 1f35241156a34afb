import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest

from gateway_service.tcp.config import SavePcm
from gateway_service.tcp.recorder import Recorder


def test_what_was_heard_is_a_wav_file(tmp_path: Path) -> None:
    recorder = Recorder(SavePcm(enabled=True, directory=tmp_path / "kept"), "../a b", "s1")
    recorder.write(b"\1\0" * 800)
    recorder.write(b"\2\0" * 800)
    recorder.close()

    (path,) = (tmp_path / "kept").iterdir()
    assert path.name.endswith("____a_b-s1.wav".removeprefix("_"))
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert file.readframes(1600) == b"\1\0" * 800 + b"\2\0" * 800


def test_it_grows_no_further_than_it_may(tmp_path: Path) -> None:
    recorder = Recorder(SavePcm(directory=tmp_path, max_mb=0.001), "user", "s1")
    recorder.write(bytes(600))
    recorder.write(bytes(600))
    recorder.write(bytes(600))
    recorder.close()
    (path,) = tmp_path.iterdir()
    with wave.open(str(path)) as file:
        assert file.getnframes() == 500


def test_what_is_too_old_is_removed(tmp_path: Path) -> None:
    old, other = tmp_path / "old.wav", tmp_path / "other.txt"
    for path in (old, other):
        path.write_bytes(b"")
        os.utime(path, (0, 0))
    Recorder(SavePcm(directory=tmp_path), "user", "s1").close()
    assert not old.exists()
    assert other.exists()


def content(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return file.readframes(file.getnframes())


def test_it_is_a_wav_file_at_every_moment(tmp_path: Path) -> None:
    recorder = Recorder(SavePcm(directory=tmp_path), "user", "s1")
    (path,) = tmp_path.iterdir()
    assert content(path) == b""
    for count in range(1, 4):
        recorder.write(b"\1\2" * 480)
        assert content(path) == b"\1\2" * 480 * count
    recorder.close()
    assert path.stat().st_size == 44 + 3 * 960


def test_a_killed_process_leaves_a_wav_file(tmp_path: Path) -> None:
    code = """if True:
        import os, pathlib, signal, sys
        from gateway_service.tcp.config import SavePcm
        from gateway_service.tcp.recorder import Recorder
        recorder = Recorder(SavePcm(directory=pathlib.Path(sys.argv[1])), "user", "s1")
        for _ in range(100):
            recorder.write(bytes(960))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)  # noqa: S603
    assert done.returncode == -signal.SIGKILL
    (path,) = tmp_path.iterdir()
    assert content(path) == bytes(96_000)


def kept(folder: Path, *megabytes: float) -> list[Path]:
    """Finished recordings, the oldest first."""
    paths = []
    for number, size in enumerate(megabytes):
        path = folder / f"{number}.wav"
        with path.open("wb") as file:
            file.truncate(int(size * 1e6))
        moment = time.time() - 1000 + number
        os.utime(path, (moment, moment))
        paths.append(path)
    return paths


def test_the_oldest_make_room_for_another(tmp_path: Path) -> None:
    paths = kept(tmp_path, 3, 1, 2, 2)
    Recorder(SavePcm(directory=tmp_path, max_mb=3, max_total_mb=8), "user", "s1").close()
    assert [path.exists() for path in paths] == [False, False, True, True]


def test_those_in_progress_stay_and_have_their_room_kept(tmp_path: Path) -> None:
    paths = kept(tmp_path, 1.9, 1.9, 1.9)
    config = SavePcm(directory=tmp_path, max_mb=3, max_total_mb=10)
    first = Recorder(config, "first", "s1")
    assert [path.exists() for path in paths] == [True, True, True]
    os.utime(next(tmp_path.glob("*first*")), (0, 0))
    second = Recorder(config, "second", "s2")
    assert [path.exists() for path in paths] == [False, True, True]
    third = Recorder(config, "third", "s3")
    with pytest.raises(OSError, match="max_total_mb"):
        Recorder(config, "fourth", "s4")
    for recorder in (first, second, third):
        recorder.write(bytes(4_000_000))
        recorder.close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 10e6
    assert len(list(tmp_path.iterdir())) == 3
    Recorder(config, "fourth", "s4").close()


def test_a_folder_that_can_t_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        Recorder(SavePcm(directory=tmp_path / "file" / "kept"), "user", "s1")
