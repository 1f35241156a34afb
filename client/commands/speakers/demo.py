"""`sori speakers demo`: registers voices, recognises others' recordings of them, draws the map."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from client.commands.speakers.audio import (
    Duration,
    Threshold,
    say_unusable,
    verdict,
    warn_of_outdated,
)
from client.commands.speakers.exchange import draw
from client.commands.speakers.output import Output, fields_of, name
from client.commands.speakers.place import Place, at_a_place
from client.commands.speakers.register import say_left_out, show_enrolment
from client.speakers.enrolling import enrol
from client.speakers.folder import FolderSpeaker, find_speakers
from client.speakers.recordings import recording
from client.speakers.refusals import ABOUT_A_RECORDING
from client.speakers.registry import Registry
from contract.errors import SoriError, SpeakerUnknownError
from contract.speakers import DEFAULT_THRESHOLD

CANDIDATES: Final = 3


@at_a_place
def demo(
    place: Place,
    output: Output,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder per speaker.")],
    files: Annotated[list[Path], typer.Argument(metavar="TESTFILE", help="Whose voice is it?")],
    threshold: Threshold = DEFAULT_THRESHOLD,
    duration: Duration = None,
    drawing: Annotated[Path, typer.Option("--map", help="Where the map is drawn.")] = Path(
        "map.svg"
    ),
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the voices of DIR in the registry.")
    ] = False,
) -> None:
    """Register the voices of DIR, tell whose each TESTFILE is, and draw all voices.

    Without --keep, the voices of DIR are in the registry under ids of their own for as long as
    this takes; everybody else's stay as they are.
    """
    found = find_speakers(folder)
    say_left_out(found, output)
    speakers = found.speakers if keep else [_guest(speaker) for speaker in found.speakers]
    with place.open(output) as registry, _leaving(registry, () if keep else speakers, output):
        complete = show_enrolment(
            (outcome for each in speakers for outcome in enrol(registry, each, duration)), output
        )
        table = Table("recording", "voice")
        for file in files:
            try:
                heard = registry.identify(recording(file, duration), threshold, CANDIDATES)
            except ABOUT_A_RECORDING as error:
                say_unusable(str(file), error, output)
                complete = False
                continue
            warn_of_outdated(heard, output)
            table.add_row(str(file), verdict(heard, name))
            if output.as_json:
                output.result("", {"file": str(file), **fields_of(heard)})
        if not output.as_json:
            output.result(table, {})
        draw(registry, drawing, output)
    if not complete:
        raise typer.Exit(1)


def _guest(speaker: FolderSpeaker) -> FolderSpeaker:
    return replace(speaker, speaker_id=f"demo-{secrets.token_hex(8)}")


@contextmanager
def _leaving(registry: Registry, guests: Iterable[FolderSpeaker], output: Output) -> Iterator[None]:
    """Have guests leave the registry at the end, whatever happens."""
    try:
        yield
    finally:
        for guest in guests:
            try:
                registry.delete(guest.speaker_id)
            except SpeakerUnknownError:  # none of the recordings could be used
                continue
            except SoriError as error:
                output.notice(f"{guest.speaker_id} ({guest.name}) is still registered: {error}")
