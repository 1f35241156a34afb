import unicodedata
from pathlib import Path

import pytest

from client.errors import SourceError
from client.speakers.folder import find_speakers, speaker_id


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_a_folder_is_a_speaker_and_so_is_a_file_beside_it(tmp_path: Path) -> None:
    touch(tmp_path, "jane/b.wav", "jane/a.flac", "jane/chapter/c.m4a", "tom.mp3")
    jane, tom = find_speakers(tmp_path).speakers
    assert (jane.speaker_id, jane.name) == ("jane", "jane")
    assert [file.name for file in jane.files] == ["a.flac", "b.wav", "c.m4a"]
    assert (tom.speaker_id, tom.name) == ("tom", "tom")
    assert tom.files == (tmp_path / "tom.mp3",)


def test_what_is_no_recording_is_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "jane/a.wav", "jane/notes.txt", "jane/.DS_Store", ".git/x.wav", "t.json")
    touch(tmp_path, "pictures/jane.png")
    found = find_speakers(tmp_path)
    assert [speaker.name for speaker in found.speakers] == ["jane"]
    assert len(found.speakers[0].files) == 1
    assert {path.name for path in found.left_out} == {"notes.txt", "t.json", "jane.png"}


@pytest.mark.parametrize("name", ["a", "Jane_Doe.2", "1688", "x" * 64])
def test_a_name_that_can_be_an_id_is_one(name: str) -> None:
    assert speaker_id(name) == name


def test_names_that_lose_nothing_as_an_id_stay_readable() -> None:
    assert speaker_id("Jane Doe") == "Jane-Doe"
    assert speaker_id("José") == "Jose"


@pytest.mark.parametrize("name", ["김철수", "김철수 Kim", "export", "map.svg", "-", "x" * 65, "…"])
def test_other_names_get_an_id_of_their_own(name: str) -> None:
    other = speaker_id(name + "!")
    made = speaker_id(name)
    assert made.isascii()
    assert len(made) <= 64
    assert made != other
    assert made == speaker_id(unicodedata.normalize("NFD", name))


def test_names_that_come_down_to_one_id_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "jane/a.wav", "jane.wav")
    with pytest.raises(SourceError, match="'jane' and 'jane' are both jane: rename one"):
        find_speakers(tmp_path)


def test_a_folder_without_recordings_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no recordings in it"):
        find_speakers(tmp_path)
    with pytest.raises(SourceError, match="no such folder"):
        find_speakers(tmp_path / "missing")
