"""What every way of showing a session can do, and which one fits."""

import sys
from contextlib import AbstractContextManager
from typing import Protocol

from rich.console import Console

from client.views.json_lines import JsonView
from client.views.live import LiveView
from client.views.plain import PlainView
from contract.events import ServerEvent


class View(AbstractContextManager["View"], Protocol):
    """Shows a session while the `with` block lasts."""

    def show(self, event: ServerEvent) -> None:
        """Show what the server said."""

    def notice(self, text: str) -> None:
        """Say something that is not the session's content, on stderr."""


def choose_view(as_json: bool) -> View:
    """JSON if asked for, else what suits standard output."""
    if as_json:
        return JsonView(sys.stdout, sys.stderr)
    console = Console()
    if console.is_terminal:
        return LiveView(console)
    return PlainView(console, Console(stderr=True))
