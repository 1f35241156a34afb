import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from client.cli import build_app
from client.errors import LocalUnavailableError, ServerUnreachableError
from client.speakers.local import LocalRespondent
from contract.errors import UnauthorizedError
from tests.client.scripted_registry import ScriptedRegistry, gateway, write_voice

AWAY = "http://127.0.0.1:1"


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> dict[Path, ScriptedRegistry]:
    """The registries of this process by their folders, made without models."""
    stores: dict[Path, ScriptedRegistry] = {}

    def load(store: Path) -> LocalRespondent:
        registry: Any = stores.setdefault(store, ScriptedRegistry())
        return LocalRespondent(registry)

    monkeypatch.setattr(LocalRespondent, "load", load)
    return stores


def sori(*arguments: object, **environment: str) -> Result:
    words = ["speakers", *map(str, arguments)]
    return CliRunner().invoke(build_app(), words, env=environment)


def test_without_a_server_prints_are_in_the_users_own_folder(
    stores: dict[Path, ScriptedRegistry], tmp_path: Path
) -> None:
    voice = write_voice(tmp_path / "jane.wav", (300, 2))
    home = {"SORI_URL": AWAY, "XDG_DATA_HOME": str(tmp_path)}
    assert sori("register", voice, "--local", "--id", "jane", **home).exit_code == 0
    assert list(stores) == [tmp_path / "sori/speakers"]
    result = sori("identify", voice, "--local", "--json", **home)
    assert json.loads(result.stdout)["speaker_id"] == "jane"
    sori("list", "--local", "--store", tmp_path / "mine", **home)
    assert list(stores) == [tmp_path / "sori/speakers", tmp_path / "mine"]


def test_local_prints_are_exported_and_imported_page_by_page(
    stores: dict[Path, ScriptedRegistry], tmp_path: Path
) -> None:
    for number in range(103):
        write_voice(tmp_path / f"voices/s{number:03}.wav", (number + 1, 1))
    first, second = tmp_path / "first", tmp_path / "second"
    sori("register", tmp_path / "voices", "--local", "--store", first)
    exported = tmp_path / "all.jsonl"
    sori("export", exported, "--local", "--store", first)
    result = sori("import", exported, "--local", "--store", second)
    assert result.stdout == "103 voice prints\n"
    assert stores[first].prints == stores[second].prints


def test_a_server_that_is_away_is_done_without_where_that_is_allowed(
    stores: dict[Path, ScriptedRegistry], tmp_path: Path
) -> None:
    options = ("--server", AWAY, "--store", tmp_path, "--json")
    result = sori("list", "--local-fallback", *options)
    assert result.exit_code == 0
    assert result.stderr.startswith(f"{AWAY} can't be reached: ")
    assert result.stderr.endswith("; going on without a server\n")
    assert list(stores) == [tmp_path]
    alone = sori("list", *options)
    assert isinstance(alone.exception, ServerUnreachableError)


def test_a_server_that_is_there_is_used(
    stores: dict[Path, ScriptedRegistry], redis_url: str, tmp_path: Path
) -> None:
    registry = ScriptedRegistry()
    voice = write_voice(tmp_path / "jane.wav", (300, 2))
    with gateway(registry, redis_url, api_keys="k") as url:
        options = ("--local-fallback", "--server", url)
        result = sori("register", voice, *options, "--id", "jane", SORI_API_KEY="k")
        assert (result.exit_code, result.stderr) == (0, "")
        wrong = sori("list", *options, "--api-key", "wrong")
    assert isinstance(wrong.exception, UnauthorizedError)
    assert list(registry.prints) == ["jane"]
    assert not stores


def test_missing_packages_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "diarization_worker.models", None)
    with pytest.raises(LocalUnavailableError, match="the diarization worker's packages"):
        LocalRespondent.load(tmp_path)
