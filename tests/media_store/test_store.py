import os
from pathlib import Path

import pytest

from contract.errors import StorageFullError, StorageUnavailableError
from media_store import RESULT, SOURCE, MediaStore
from media_store.store import storage_error


def test_files_come_and_go(tmp_path: Path) -> None:
    store = MediaStore(str(tmp_path / "store"))
    assert store.folders(older_than_s=0) == []
    for name in (SOURCE, RESULT):
        with store.writing("job", name) as file:
            file.write(name.encode())
    assert store.read("job", SOURCE) == b"source"
    assert store.exists("job", RESULT)
    store.remove("job", keep=RESULT)
    assert not store.exists("job", SOURCE)
    assert store.exists("job", RESULT)
    store.remove("job", keep=SOURCE)
    assert not (tmp_path / "store/job").exists()
    store.remove("job")
    with pytest.raises(FileNotFoundError):
        store.read("job", SOURCE)


def test_only_old_folders_are_told(tmp_path: Path) -> None:
    store = MediaStore(str(tmp_path / "store"))
    for folder in ("old", "young"):
        with store.writing(folder, SOURCE) as file:
            file.write(b"x")
    for path in (tmp_path / "store/old", tmp_path / "store/old" / SOURCE):
        os.utime(path, (1, 1))
    assert store.folders(older_than_s=60) == ["old"]


def test_the_store_is_for_its_owner_alone(tmp_path: Path) -> None:
    MediaStore(str(tmp_path / "store")).prepare("job")
    assert (tmp_path / "store").stat().st_mode & 0o777 == 0o700


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    store = MediaStore(str(tmp_path))
    store.prepare("job")
    (tmp_path / "job" / SOURCE).symlink_to("/dev/full")

    def write() -> None:
        with store.writing("job", SOURCE) as file:
            file.write(b"x" * 100_000)

    with pytest.raises(StorageFullError):
        write()
    assert isinstance(storage_error(OSError(5, "no"), "it"), StorageUnavailableError)
