"""A table of figures, the same for every evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table as RichTable


@dataclass(frozen=True, slots=True)
class Table:
    """Figures for people."""

    title: str
    columns: tuple[str, ...]
    """The first names the rows."""
    rows: Sequence[tuple[str, ...]]
    note: str = ""
    """What the figures mean, and what they don't."""


def show(table: Table, console: Console) -> None:
    """Print it."""
    shown = RichTable(title=table.title, title_justify="left", title_style="bold")
    for index, column in enumerate(table.columns):
        shown.add_column(column, justify="left" if index == 0 else "right")
    for row in table.rows:
        shown.add_row(*row)
    console.print(shown)
    if table.note:
        console.print(table.note, markup=False)
    console.print()


def percent(share: float) -> str:
    """As in `3.4%`."""
    return f"{100 * share:.1f}%"
