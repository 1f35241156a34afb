"""`sori`, the command line: each command succeeds, or says why not in one line."""

import sys
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

from contract.errors import SoriError

INTERRUPTED: Final = 130

COMMANDS: Final = {
    "stream": (
        "client.commands.stream:stream",
        "Stream audio and show who said what, and how it felt.",
    ),
    "transcribe": (
        "client.commands.transcribe:transcribe",
        "Analyse a whole recording: text, speakers, sentiment, subtitles.",
    ),
    "speakers": (
        "client.commands.speakers:app",
        "Register voices, and tell whose voice a recording is.",
    ),
}
"""Where each command lives (a function, or the Typer of a group), and its line of help.

They are imported when called: all of them would make `sori --help` three times as slow.
"""


def build_app() -> typer.Typer:
    """The command line with all its commands."""
    app = typer.Typer(
        name="sori",
        cls=_LazyCommands,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Who said what, when, and how it felt: the client of a Sori server.",
    )
    app.callback()(_several_commands)
    for name, (_, line) in COMMANDS.items():
        app.command(name, help=line)(_several_commands)
    return app


def main() -> None:
    """Run the command line; exits with 0, 1 on failure, 2 on wrong usage, or a command's own."""
    try:
        build_app()()
    except SoriError as error:
        sys.exit(f"sori: {error}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


class _LazyCommands(TyperGroup):
    """Has a line of help for each command, and the command itself once it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        if name in COMMANDS:
            self.add_command(_load(name), name)
        return super().resolve_command(ctx, args)


def _load(name: str) -> Any:
    module, _, attribute = COMMANDS[name][0].partition(":")
    found = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        app = typer.Typer(add_completion=False)
        app.command(name)(found)
        found = app
    return typer.main.get_command(found)


def _several_commands() -> None:
    """Stand in for what is imported later."""


if __name__ == "__main__":
    main()
