import subprocess
import sys
from importlib import import_module

import typer
from typer.testing import CliRunner

from client.cli import COMMANDS, build_app

HEAVY = {"asyncio", "httpx", "numpy", "pydantic", "soundfile", "torch", "websockets"}

HELP = """
import sys
from client.cli import build_app
build_app()(["--help"], standalone_mode=False)
print(*sys.modules, sep="\\n", file=sys.stderr)
"""


def test_every_command_has_its_line_of_help() -> None:
    for place, line in COMMANDS.values():
        module, _, attribute = place.partition(":")
        command = getattr(import_module(module), attribute)
        text = command.info.help if isinstance(command, typer.Typer) else command.__doc__
        assert text.splitlines()[0] == line


def test_help_comes_without_what_commands_need() -> None:
    command = [sys.executable, "-c", HELP]
    result = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert all(name in result.stdout for name in COMMANDS)
    assert not HEAVY & set(result.stderr.split())


def test_every_command_has_help_of_its_own() -> None:
    runner = CliRunner()
    for name in COMMANDS:
        result = runner.invoke(build_app(), [name, "--help"])
        assert result.exit_code == 0
        assert f"sori {name}" in result.stdout or f"root {name}" in result.stdout
    unknown = runner.invoke(build_app(), ["speaker"])
    assert unknown.exit_code == 2
    assert "Did you mean 'speakers'" in unknown.stderr
