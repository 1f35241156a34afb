"""`sori speakers list`, `show` and `delete`: what is in the registry, and what no longer is."""

import sys
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from client.commands.speakers.ids import SpeakerIdArgument, SpeakerIdsArgument
from client.commands.speakers.output import Output, fields_of, label
from client.commands.speakers.place import Place, at_a_place
from contract.errors import SpeakerUnknownError
from contract.speakers import VoicePrint


@at_a_place
def list_(place: Place, output: Output) -> None:
    """List the registered voices."""
    with place.open(output) as registry:
        if output.as_json:
            for made in registry.prints():
                output.result("", fields_of(made))
        else:
            output.result(_table(registry.prints()), {})


@at_a_place
def show(
    place: Place,
    output: Output,
    speaker_id: SpeakerIdArgument,
    embedding: Annotated[bool, typer.Option("--embedding", help="With its embedding.")] = False,
) -> None:
    """Show one voice print."""
    with place.open(output) as registry:
        said = fields_of(registry.show(speaker_id, embedding))
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in said.items():
        table.add_row(Text(name, "dim"), Text("–" if value is None else str(value)))
    output.result(table, said)


@at_a_place
def delete(
    place: Place,
    output: Output,
    speaker_ids: SpeakerIdsArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Delete voice prints and their samples for good."""
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("nobody is there to be asked: say --yes", param_hint="--yes")
        typer.confirm(f"Delete {', '.join(speaker_ids)} for good?", abort=True, err=True)
    missing = False
    with place.open(output) as registry:
        for speaker_id in speaker_ids:
            try:
                registry.delete(speaker_id)
            except SpeakerUnknownError as error:
                output.notice(f"sori: {error}")
                missing = True
            else:
                said = {"kind": "deleted", "speaker_id": speaker_id}
                output.result(Text(f"{speaker_id}: deleted"), said)
    if missing:
        raise typer.Exit(1)


def _table(prints: Iterable[VoicePrint]) -> Table:
    table = Table()
    table.add_column("speaker")
    for name in ("samples", "speech"):
        table.add_column(name, justify="right")
    for name in ("updated", "encoder"):
        table.add_column(name)
    for made in prints:
        speech = f"{made.speech_seconds:.1f} s"
        table.add_row(label(made), str(made.samples), speech, made.updated[:19], made.encoder)
    table.caption = f"{table.row_count} registered"
    return table
