import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE

import pytest
from typer.testing import CliRunner, Result

from client.cli import build_app
from contract.errors import SoriError
from tests.client.scripted_registry import ScriptedRegistry, gateway, write_voice

COMMAND = (sys.executable, "-m", "client.cli", "speakers")
JANE, TOM, STRANGER = 300, 500, 700


@pytest.fixture
def registry() -> ScriptedRegistry:
    return ScriptedRegistry()


@pytest.fixture
def url(registry: ScriptedRegistry, redis_url: str) -> Iterator[str]:
    with gateway(registry, redis_url) as url:
        yield url


@pytest.fixture
def voices(tmp_path: Path) -> Path:
    """A folder with two of Jane's recordings and one of 톰's."""
    folder = tmp_path / "voices"
    write_voice(folder / "jane/a.wav", (JANE, 2))
    write_voice(folder / "jane/b.wav", (JANE, 1.5))
    write_voice(folder / "톰.wav", (TOM, 2))
    return folder


Sori = Callable[..., Result]


@pytest.fixture
def sori(url: str) -> Sori:
    """Runs `sori speakers …` against the gateway."""

    def run(*arguments: object, **options: str) -> Result:
        words = ["speakers", *map(str, arguments), "--server", url]
        return CliRunner().invoke(build_app(), words, env={"COLUMNS": "100"}, **options)

    return run


def said(result: Result) -> list[dict[str, object]]:
    """The JSON objects on stdout, of a command that succeeded."""
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_folder_becomes_speakers(sori: Sori, registry: ScriptedRegistry, voices: Path) -> None:
    result = sori("register", voices)
    assert (result.exit_code, result.stderr) == (0, "")
    jane, tom = registry.prints.values()
    assert (jane.speaker_id, jane.name, len(jane.samples)) == ("jane", "jane", 2)
    assert (tom.speaker_id[:8], tom.name) == ("speaker-", "톰")
    assert result.stdout.splitlines() == [
        "jane: 2 samples, 3.5 s of speech, quality 0.50",
        f"톰 ({tom.speaker_id}): 1 sample, 2.0 s of speech, quality 0.50",
    ]


def test_a_bad_recording_costs_nothing_but_itself(
    sori: Sori, registry: ScriptedRegistry, voices: Path
) -> None:
    bad = voices / "jane/a.mp3"
    bad.write_bytes(b"no audio")
    (voices / "jane/notes.txt").write_text("about Jane")
    result = sori("register", voices)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{voices / 'jane/notes.txt'}: no recording, left out",
        f"sori: {bad}: the file is no recording",
    ]
    assert len(registry.prints["jane"].samples) == 2
    assert len(registry.prints) == 2


def test_one_file_is_registered_under_an_id_or_anonymously(sori: Sori, voices: Path) -> None:
    file = voices / "jane/a.wav"
    (named,) = said(sori("register", file, "--id", "j", "--name", "Jane", "--json"))
    assert (named["kind"], named["files"]) == ("registered", [str(file)])
    assert named["voice_print"] == {
        "speaker_id": "j",
        "name": "Jane",
        "samples": 1,
        "speech_seconds": 2.0,
        "encoder": "scripted/level",
        "created": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z",
    }
    (anonymous,) = said(sori("register", file, "--json"))
    assert "anonymous-" in str(anonymous["voice_print"])


def test_only_so_much_is_heard_of_a_recording(sori: Sori, tmp_path: Path, voices: Path) -> None:
    sori("register", voices, "--duration", "1")
    assert [line["speech_seconds"] for line in said(sori("list", "--json"))] == [2.0, 1.0]
    both = write_voice(tmp_path / "both.wav", (JANE, 1.2), (TOM, 5))
    assert "both.wav: 톰" in sori("identify", both).stdout
    assert "both.wav: jane" in sori("identify", both, "--duration", "1.5").stdout


def test_voices_are_recognised_and_strangers_are_an_answer(
    sori: Sori, voices: Path, tmp_path: Path
) -> None:
    known = write_voice(tmp_path / "known.wav", (JANE, 2))
    stranger = write_voice(tmp_path / "stranger.wav", (STRANGER, 2))
    assert sori("identify", known).stdout == f"{known}: unknown: nobody is registered\n"
    sori("register", voices)
    result = sori("identify", known, stranger)
    assert (result.exit_code, result.stderr) == (0, "")
    first, second = result.stdout.splitlines()
    assert first.startswith(f"{known}: jane 0.90  (next: 톰 (speaker-")
    assert second.startswith(f"{stranger}: unknown  (next: jane 0.20, ")
    assert sori("identify", known, stranger, "--fail-unknown").exit_code == 4
    assert sori("identify", known, "--fail-unknown").exit_code == 0


def test_the_threshold_and_the_number_of_candidates_are_asked_for(
    sori: Sori, voices: Path, tmp_path: Path
) -> None:
    sori("register", voices)
    known = write_voice(tmp_path / "known.wav", (JANE, 2))
    (answer,) = said(sori("identify", known, "--threshold", "0.95", "--top-k", "1", "--json"))
    assert answer == {
        "kind": "identified",
        "file": str(known),
        "speaker_id": None,
        "known": False,
        "score": 0.9,
        "candidates": [{"speaker_id": "jane", "name": "jane", "score": 0.9}],
        "outdated": 0,
    }


def test_a_recording_without_a_voice_is_a_failure_and_the_rest_is_answered(
    sori: Sori, voices: Path, tmp_path: Path
) -> None:
    sori("register", voices)
    silence = write_voice(tmp_path / "silence.wav", (0, 2))
    missing = tmp_path / "missing.wav"
    result = sori("identify", silence, missing, voices / "톰.wav", "--json")
    assert result.exit_code == 1
    assert result.stderr == f"sori: {silence}: nobody speaks\nsori: {missing}: no such file\n"
    assert json.loads(result.stdout)["known"] is True


def test_voices_that_can_not_be_compared_any_more_are_said(
    sori: Sori, registry: ScriptedRegistry, voices: Path
) -> None:
    sori("register", voices)
    registry.prints["jane"] = registry.prints["jane"].model_copy(update={"encoder": "old/one"})
    result = sori("identify", voices / "jane/a.wav")
    assert result.stdout.startswith(f"{voices / 'jane/a.wav'}: unknown  (next: 톰")
    assert result.stderr.startswith("not compared: 1 voice prints of another encoder")


def test_a_recording_that_is_too_large_is_said_with_what_helps(
    registry: ScriptedRegistry, redis_url: str, tmp_path: Path
) -> None:
    large = write_voice(tmp_path / "large.wav", (JANE, 70))
    with gateway(registry, redis_url, max_upload_mb=2) as url:
        result = run(url, "identify", large)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith(f"sori: {large}: ")
        assert result.stderr.endswith("; --duration 60 takes its first minute\n")
        assert run(url, "identify", large, "--duration", "60").returncode == 0


def test_the_registry_is_listed_shown_and_pruned(sori: Sori, voices: Path) -> None:
    sori("register", voices)
    assert "2 registered" in sori("list").stdout
    (jane,) = said(sori("show", "jane", "--embedding", "--json"))
    assert (jane["samples"], jane["embedding"]) == (2, [300.0])
    assert "embedding" not in sori("show", "jane").stdout
    assert said(sori("delete", "jane", "-y", "--json")) == [
        {"kind": "deleted", "speaker_id": "jane"}
    ]
    assert [line["name"] for line in said(sori("list", "--json"))] == ["톰"]


def test_a_long_registry_is_listed_whole(sori: Sori, tmp_path: Path) -> None:
    for number in range(103):
        write_voice(tmp_path / f"voices/s{number:03}.wav", (number + 1, 1))
    sori("register", tmp_path / "voices")
    listed = said(sori("list", "--json"))
    assert [line["speaker_id"] for line in listed] == [f"s{number:03}" for number in range(103)]


def test_nothing_is_deleted_unless_somebody_agrees(
    sori: Sori, registry: ScriptedRegistry, voices: Path
) -> None:
    sori("register", voices)
    result = sori("delete", "jane")
    assert result.exit_code == 2
    assert "nobody is there to be asked: say --yes" in result.stderr
    assert "jane" in registry.prints


def test_who_is_not_there_can_not_be_deleted_or_shown(sori: Sori, voices: Path) -> None:
    sori("register", voices)
    result = sori("delete", "nobody", "jane", "--yes")
    assert result.exit_code == 1
    assert (result.stdout, result.stderr) == ("jane: deleted\n", "sori: no speaker nobody\n")
    shown = sori("show", "nobody")
    assert isinstance(shown.exception, SoriError)
    assert str(shown.exception) == "no speaker nobody"


@pytest.mark.parametrize("speaker_id", ["톰", "a/b", "export", "", "x" * 65])
def test_what_can_not_be_an_id_is_refused_at_once(
    sori: Sori, registry: ScriptedRegistry, voices: Path, speaker_id: str
) -> None:
    result = sori("register", voices / "jane/a.wav", "--id", speaker_id)
    assert result.exit_code == 2
    assert "can't be one" in result.stderr
    assert not registry.asked


def test_what_is_exported_can_be_imported(
    sori: Sori, registry: ScriptedRegistry, voices: Path, tmp_path: Path
) -> None:
    sori("register", voices)
    before = dict(registry.prints)
    file = tmp_path / "voices.jsonl"
    assert said(sori("export", file, "--json")) == [
        {"kind": "exported", "count": 2, "file": str(file)}
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    registry.prints.clear()
    assert sori("import", file).stdout == "2 voice prints\n"
    assert registry.prints == before
    piped = sori("export").stdout
    assert piped == file.read_text()
    registry.prints.clear()
    assert sori("import", "-", input=piped).stdout == "2 voice prints\n"
    assert registry.prints == before


def test_what_was_not_exported_is_not_imported(
    sori: Sori, registry: ScriptedRegistry, tmp_path: Path
) -> None:
    file = tmp_path / "voices.jsonl"
    file.write_text('\n{"speaker_id": "jane"}\n')
    result = sori("import", file)
    assert str(result.exception) == f"{file}: line 2 is no exported voice print"
    assert not registry.asked


def test_the_map_is_drawn(sori: Sori, voices: Path, tmp_path: Path) -> None:
    sori("register", voices / "jane/a.wav", "--id", "jane")
    assert sori("map", tmp_path / "map.svg").stdout == f"map: {tmp_path / 'map.svg'}\n"
    assert (tmp_path / "map.svg").read_text() == "<svg>jane</svg>"
    assert sori("map", "-").stdout == "<svg>jane</svg>"
    assert "No such file or directory" in str(sori("map", tmp_path / "no/map.svg").exception)


def test_the_demo_recognises_draws_and_leaves_no_trace(
    sori: Sori, registry: ScriptedRegistry, voices: Path, tmp_path: Path
) -> None:
    sori("register", voices / "톰.wav", "--id", "host")
    before = dict(registry.prints)
    known = write_voice(tmp_path / "known.wav", (JANE, 2))
    stranger = write_voice(tmp_path / "stranger.wav", (STRANGER, 2))
    drawing = tmp_path / "map.svg"
    result = sori("demo", voices, known, stranger, "--map", drawing)
    assert (result.exit_code, result.stderr) == (0, "")
    table = [line.split("│") for line in result.stdout.splitlines() if "│" in line]
    assert [(row[1].strip(), row[2].split("(")[0].strip()) for row in table] == [
        (str(known), "jane 0.90"),
        (str(stranger), "unknown"),
    ]
    assert drawing.read_text().count("demo-") == 2
    assert registry.prints == before


def test_the_demo_leaves_no_trace_where_it_fails(
    sori: Sori, registry: ScriptedRegistry, voices: Path, tmp_path: Path
) -> None:
    drawing = tmp_path / "no/map.svg"
    assert sori("demo", voices, voices / "톰.wav", "--map", drawing).exit_code == 1
    assert len(registry.asked) > 5
    assert registry.prints == {}


def test_the_voices_of_a_demo_can_be_kept(
    sori: Sori, registry: ScriptedRegistry, voices: Path, tmp_path: Path
) -> None:
    silence = write_voice(tmp_path / "silence.wav", (0, 2))
    result = sori(
        "demo", voices, silence, voices / "톰.wav", "--keep", "--json", "--map", tmp_path / "m.svg"
    )
    assert (result.exit_code, result.stderr) == (1, f"sori: {silence}: nobody speaks\n")
    kinds = [json.loads(line)["kind"] for line in result.stdout.splitlines()]
    assert kinds == ["registered", "registered", "identified", "map"]
    assert set(registry.prints) >= {"jane"}


def test_changes_of_speaker_are_told(sori: Sori, voices: Path, tmp_path: Path) -> None:
    sori("register", voices)
    talk = write_voice(tmp_path / "talk.wav", (JANE, 5), (0, 4), (TOM, 5), (STRANGER, 4))
    told = said(sori("listen", "--from", talk, "--speed", "0", "--json"))
    assert [line["name"] or line["state"] for line in told] == ["jane", "silence", "톰", "unknown"]
    for line, truth in zip(told, (0, 5, 9, 14), strict=True):
        assert abs(float(str(line["time"])) - truth) <= 1.5
    short = sori("listen", "--from", talk, "--speed", "0", "--duration", "3")
    assert short.stdout == "00:00.5 jane 0.90\n"


def run(url: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [*COMMAND, *map(str, arguments)]
    variables = {**os.environ, "PYTHONWARNINGS": "error", "SORI_URL": url}
    return subprocess.run(  # noqa: S603 (our own command)
        command, capture_output=True, text=True, check=False, env=variables
    )


def test_failures_are_one_clear_line(url: str, tmp_path: Path) -> None:
    for arguments, line in (
        (["show", "nobody"], "sori: no speaker nobody\n"),
        (["register", tmp_path], f"sori: {tmp_path}: no recordings in it\n"),
        (["register", tmp_path / "x"], f"sori: {tmp_path / 'x'}: no such file\n"),
        (["listen", "--from", tmp_path / "x"], f"sori: {tmp_path / 'x'}: no such file\n"),
        (["list", "--server", "localhost"], "sori: 'localhost' is no server address: expected"),
    ):
        result = run(url, *arguments)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith(line)
        assert result.stderr.count("\n") == 1


def test_an_interrupt_ends_listening_and_is_no_failure(url: str, tmp_path: Path) -> None:
    talk = write_voice(tmp_path / "talk.wav", (0, 3), (JANE, 600))
    command = [*COMMAND, "listen", "--from", str(talk), "--server", url, "--json"]
    with subprocess.Popen(command, stdout=PIPE, stderr=PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["state"] == "silence"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert (process.returncode, err) == (0, "stopped\n")


def test_the_server_is_known_by_its_websocket_too(url: str) -> None:
    result = run(url.replace("http", "ws") + "/ws", "list", "--json")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
