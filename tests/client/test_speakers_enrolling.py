from pathlib import Path
from typing import Any

import pytest

from client.speakers.enrolling import Enrolled, Unusable, enrol
from client.speakers.folder import FolderSpeaker
from client.speakers.local import LocalRespondent
from client.speakers.registry import Registry
from contract.errors import EncoderChangedError
from contract.speakers import Register
from tests.client.scripted_registry import ScriptedRegistry, write_voice

VOICE = 300


@pytest.fixture
def scripted() -> ScriptedRegistry:
    return ScriptedRegistry()


def enrolled(scripted: Any, folder: Path) -> tuple[list[str], list[str]]:
    """The names of the recordings that were used, and of those that weren't."""
    speaker = FolderSpeaker("jane", "Jane", tuple(sorted(folder.iterdir())))
    used: list[str] = []
    unusable: list[str] = []
    for outcome in enrol(Registry(LocalRespondent(scripted)), speaker, None):
        match outcome:
            case Enrolled():
                used += [Path(each.name).stem for each in outcome.recordings]
            case Unusable():
                unusable.append(Path(outcome.name).stem)
    return sorted(used), sorted(unusable)


def asked(scripted: ScriptedRegistry) -> list[int]:
    """How many recordings each registration had."""
    return [len(question.uploads) for question in scripted.asked if isinstance(question, Register)]


def test_recordings_go_together(scripted: ScriptedRegistry, tmp_path: Path) -> None:
    for number in range(12):
        write_voice(tmp_path / f"{number:02}.wav", (VOICE, 1))
    used, unusable = enrolled(scripted, tmp_path)
    assert (len(used), unusable) == (12, [])
    assert asked(scripted) == [10, 2]
    assert len(scripted.prints["jane"].samples) == 12


def test_short_ones_found_a_voice_print_in_common(
    scripted: ScriptedRegistry, tmp_path: Path
) -> None:
    write_voice(tmp_path / "a.wav", (VOICE, 0.6))
    write_voice(tmp_path / "b.wav", (VOICE, 0.6))
    assert enrolled(scripted, tmp_path) == (["a", "b"], [])


def test_a_bad_one_is_told_from_the_others(scripted: ScriptedRegistry, tmp_path: Path) -> None:
    write_voice(tmp_path / "a.wav", (VOICE, 0.6))
    write_voice(tmp_path / "b.wav", (0, 2))
    write_voice(tmp_path / "c.wav", (VOICE, 2))
    (tmp_path / "d.wav").write_bytes(b"no audio")
    write_voice(tmp_path / "e.wav", (VOICE, 0.1))
    assert enrolled(scripted, tmp_path) == (["a", "c"], ["b", "d", "e"])


def test_short_ones_beside_a_bad_one_found_a_voice_print_too(
    scripted: ScriptedRegistry, tmp_path: Path
) -> None:
    write_voice(tmp_path / "a.wav", (VOICE, 0.6))
    write_voice(tmp_path / "b.wav", (0, 2))
    write_voice(tmp_path / "c.wav", (VOICE, 0.6))
    assert enrolled(scripted, tmp_path) == (["a", "c"], ["b"])


def test_too_little_in_all_is_said_of_each(scripted: ScriptedRegistry, tmp_path: Path) -> None:
    write_voice(tmp_path / "a.wav", (VOICE, 0.3))
    write_voice(tmp_path / "b.wav", (VOICE, 0.3))
    assert enrolled(scripted, tmp_path) == ([], ["a", "b"])
    assert asked(scripted) == [2, 1, 1]


def test_what_is_wrong_with_the_registry_ends_it(tmp_path: Path) -> None:
    class Outdated(ScriptedRegistry):
        def answer(self, *_: object) -> Any:
            raise EncoderChangedError("jane must enrol again")

    write_voice(tmp_path / "a.wav", (VOICE, 1))
    with pytest.raises(EncoderChangedError):
        enrolled(Outdated(), tmp_path)
