"""`sori speakers export`, `import` and `map`: the registry as files."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.text import Text

from client.commands.speakers.output import Output
from client.commands.speakers.place import Place, at_a_place
from client.commands.speakers.writing import STANDARD, writing
from client.errors import SourceError
from client.speakers.registry import Registry
from contract.speakers import StoredPrint

ToFile = Annotated[Path, typer.Argument(metavar="FILE|-", help="- = standard output.")]
FromFile = Annotated[Path, typer.Argument(metavar="FILE|-", help="- = standard input.")]


@at_a_place
def export(place: Place, output: Output, file: ToFile = STANDARD) -> None:
    """Write all voice prints, with all that makes them, as JSON lines.

    They tell people by their voices: the file is for its owner's eyes only (mode 600).
    """
    count = 0
    with place.open(output) as registry, writing(file, secret=True) as out:
        for stored in registry.export():
            out.write(stored.model_dump_json() + "\n")
            count += 1
    if file == STANDARD:
        output.notice(f"{count} voice prints")
    else:
        said = {"kind": "exported", "count": count, "file": str(file)}
        output.result(Text(f"{file}: {count} voice prints"), said)


@at_a_place
def import_(place: Place, output: Output, file: FromFile = STANDARD) -> None:
    """Read what `export` wrote; voice prints that exist are replaced."""
    stored = list(_read(file))
    with place.open(output) as registry:
        count = registry.write(stored)
    output.result(Text(f"{count} voice prints"), {"kind": "imported", "count": count})


@at_a_place
def map_(
    place: Place,
    output: Output,
    file: Annotated[Path, typer.Argument(metavar="OUT.svg|-", help="- = standard output.")],
) -> None:
    """Draw the voice prints in two dimensions: voices that sound alike lie close."""
    with place.open(output) as registry:
        draw(registry, file, output)


def draw(registry: Registry, file: Path, output: Output) -> None:
    """Write the map to a file."""
    svg = registry.draw_map()
    with writing(file) as out:
        out.write(svg)
    if file != STANDARD:
        output.result(Text(f"map: {file}"), {"kind": "map", "file": str(file)})


def _read(path: Path) -> Iterator[StoredPrint]:
    try:
        text = sys.stdin.read() if path == STANDARD else path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield StoredPrint.model_validate_json(line)
        except ValidationError as error:
            raise SourceError(f"{path}: line {number} is no exported voice print") from error
