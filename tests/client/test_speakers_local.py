"""Real voices, real models, no server."""

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from client.cli import build_app
from client.speakers.local import LocalRespondent
from contract.speakers import Delete, StoredPrint
from diarization_worker.recordings.rttm import read_rttm
from tests.support.sounds import data_dir

SPEAKERS = ("1688", "1998", "2033", "367", "533")

pytestmark = [pytest.mark.data, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def respondent(tmp_path_factory: pytest.TempPathFactory) -> LocalRespondent:
    """The models, loaded once: commands would each do so anew."""
    data_dir()  # before anything is loaded in vain
    return LocalRespondent.load(tmp_path_factory.mktemp("prints") / "store")


@pytest.fixture(scope="module")
def five(
    respondent: LocalRespondent, tmp_path_factory: pytest.TempPathFactory
) -> list[StoredPrint]:
    """The voice prints that `register` makes of five speakers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalRespondent, "load", lambda _store: respondent)
        made = said(sori("register", link_voices(tmp_path_factory.mktemp("voices")), "--json"))
    assert sorted(str(each["voice_print"]["speaker_id"]) for each in made) == sorted(SPEAKERS)  # type: ignore[index]
    return list(respondent.export())


@pytest.fixture
def loaded(respondent: LocalRespondent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands find the models loaded, and nobody registered."""
    monkeypatch.setattr(LocalRespondent, "load", lambda _store: respondent)
    for stored in list(respondent.export()):
        respondent.ask(Delete(speaker_id=stored.speaker_id))


@pytest.fixture
def registered(loaded: None, respondent: LocalRespondent, five: list[StoredPrint]) -> None:
    """The five are registered, and nobody else."""
    respondent.write(five)


@pytest.fixture
def librispeech() -> Path:
    return data_dir() / "speech/en/librispeech"


def link_voices(folder: Path) -> Path:
    """Two recordings of each of five speakers."""
    for speaker in SPEAKERS:
        (folder / speaker).mkdir()
        for file in sorted((data_dir() / "speech/en/librispeech" / speaker).glob("*.flac"))[:2]:
            (folder / speaker / file.name).symlink_to(file)
    return folder


def sori(*arguments: object) -> Result:
    words = ["speakers", *map(str, arguments), "--local"]
    return CliRunner().invoke(build_app(), words)


def said(result: Result) -> list[dict[str, object]]:
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("registered")
def test_five_speakers_are_recognised_by_what_else_they_say(librispeech: Path) -> None:
    others = [file for s in SPEAKERS for file in sorted((librispeech / s).glob("*-000[56].flac"))]
    assert len(others) == 10
    answers = said(sori("identify", *others, "--json"))
    assert [answer["speaker_id"] for answer in answers] == [file.parent.name for file in others]


@pytest.mark.usefixtures("registered")
def test_strangers_are_unknown() -> None:
    cohort = sorted((data_dir() / "speech/en/librispeech_cohort").glob("*.flac"))[::15]
    assert len(cohort) == 8
    answers = said(sori("identify", *cohort, "--json"))
    assert [answer["speaker_id"] for answer in answers] == [None] * 8


@pytest.mark.usefixtures("registered")
def test_any_format_will_do_and_so_will_a_part(librispeech: Path, tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    source = librispeech / "1688/1688-142285-0007.flac"
    command = ["ffmpeg", "-v", "error", "-i", source, "-f", "lavfi", "-i", "color=s=64x64:r=5"]
    subprocess.run([*command, "-shortest", "-ac", "2", "-ar", "44100", video], check=True)  # noqa: S603
    for options in ((), ("--duration", "4")):
        (answer,) = said(sori("identify", video, *options, "--json"))
        assert answer["speaker_id"] == "1688"


@pytest.mark.usefixtures("registered")
def test_the_one_who_speaks_is_followed(librispeech: Path, tmp_path: Path) -> None:
    talk = tmp_path / "talk.wav"
    files = [librispeech / "1688/1688-142285-0002.flac", librispeech / "1998/1998-15444-0002.flac"]
    command = ["ffmpeg", "-v", "error", "-i", files[0], "-i", files[1]]
    subprocess.run(  # noqa: S603
        [*command, "-filter_complex", "concat=n=2:v=0:a=1", talk], check=True
    )
    told = said(sori("listen", "--from", talk, "--speed", "0", "--json"))
    assert [line["speaker_id"] for line in told if line["state"] == "speaker"] == ["1688", "1998"]


@pytest.mark.usefixtures("registered")
def test_who_is_deleted_is_unknown_and_leaves_the_map(librispeech: Path, tmp_path: Path) -> None:
    file = sorted((librispeech / "2033").glob("*.flac"))[5]
    before, after = tmp_path / "before.svg", tmp_path / "after.svg"
    sori("map", before)
    assert sori("delete", "2033", "--yes").exit_code == 0
    sori("map", after)
    (answer,) = said(sori("identify", file, "--json"))
    assert answer["known"] is False
    assert "2033" in before.read_text()
    assert "2033" not in after.read_text()
    assert "1688" in after.read_text()


@pytest.mark.usefixtures("loaded")
def test_a_demo_is_right_about_everybody(librispeech: Path, tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    voices = link_voices(tmp_path / "voices")
    tests = [sorted((librispeech / speaker).glob("*.flac"))[8] for speaker in SPEAKERS]
    told = said(sori("demo", voices, *tests, "--map", tmp_path / "map.svg", "--json"))
    names = [
        line["candidates"][0]["name"]  # type: ignore[index]
        for line in told
        if line["kind"] == "identified" and line["known"]
    ]
    assert names == list(SPEAKERS)
    assert (tmp_path / "map.svg").read_text().startswith("<svg")
    assert not [line for line in said(sori("list", "--json")) if "demo" in str(line)]


@pytest.fixture
def call(respondent: LocalRespondent, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The telephone call of two women that pyannote.audio carries."""
    models = respondent._registry._models
    monkeypatch.setattr("diarization_worker.models.load", lambda _settings: models)
    package = find_spec("pyannote.audio")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "sample/sample.wav"


def test_a_conversation_is_diarized(call: Path, tmp_path: Path) -> None:
    out = tmp_path / "call.rttm"
    result = CliRunner().invoke(
        build_app(), ["speakers", "diarize", str(call), "--json", "--rttm", str(out)]
    )
    turns = said(result)
    assert {turn["speaker"] for turn in turns} == {"SPEAKER_00", "SPEAKER_01"}
    assert turns[0]["speaker"] == "SPEAKER_00"
    written = read_rttm(out.read_text())["sample"]
    assert [(turn.start, turn.speaker) for turn in written] == [
        (pytest.approx(turn["start"], abs=0.001), turn["speaker"]) for turn in turns
    ]


def test_so_many_speakers_are_told_as_are_asked_for(call: Path) -> None:
    words = ["speakers", "diarize", str(call), "--duration", "20", "--speakers", "1", "--exclusive"]
    result = CliRunner().invoke(build_app(), [*words, "--rttm", "-"])
    turns = read_rttm(result.stdout)["sample"]
    assert {turn.speaker for turn in turns} == {"SPEAKER_00"}
    assert 15 < turns[-1].end <= 20.01
