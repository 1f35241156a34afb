import os
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


def test_a_folder_that_can_t_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        Recorder(SavePcm(directory=tmp_path / "file" / "kept"), "user", "s1")
