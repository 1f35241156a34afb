"""`sori`, the command line: each command succeeds, or says why not in one line."""

import sys

import typer

from client.commands.stream import stream
from contract.errors import SoriError

INTERRUPTED = 130


def build_app() -> typer.Typer:
    """The command line with all its commands."""
    app = typer.Typer(
        name="sori",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Who said what, when, and how it felt: the client of a Sori server.",
    )
    app.callback()(_several_commands)
    app.command()(stream)
    return app


def main() -> None:
    """Run the command line; exits with 0, 1 on failure, 2 on wrong usage, or a command's own."""
    try:
        build_app()()
    except SoriError as error:
        sys.exit(f"sori: {error}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _several_commands() -> None:
    """Keep `stream` a command of its own even while it is the only one."""


if __name__ == "__main__":
    main()
