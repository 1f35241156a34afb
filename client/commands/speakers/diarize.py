"""`sori speakers diarize`: who speaks when in a recording, told in this process."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from client.commands.options import AsJson
from client.commands.speakers.audio import Duration
from client.commands.speakers.output import Output
from client.commands.speakers.writing import STANDARD, writing
from client.speakers import diarizing
from client.speakers.recordings import recording
from client.views.lines import SPEAKER_COLOURS, clock


def diarize(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any audio or video.")],
    speakers: Annotated[
        int | None, typer.Option(min=1, max=100, help="Exactly so many; default: as heard.")
    ] = None,
    exclusive: Annotated[
        bool, typer.Option("--exclusive", help="One at a time, also where several speak at once.")
    ] = False,
    rttm: Annotated[
        Path | None, typer.Option(metavar="OUT|-", help="Write RTTM; - = standard output.")
    ] = None,
    duration: Duration = None,
    as_json: AsJson = False,
) -> None:
    """Tell who speaks when in a recording: no server, nobody known before.

    With --rttm - standard output has the RTTM lines and nothing else.
    """
    if rttm == STANDARD and as_json:
        raise typer.BadParameter("standard output can't be both", param_hint="--rttm - --json")
    output = Output(as_json)
    audio = recording(file, duration)
    with output.waiting("listening"):
        told = diarizing.diarize(audio, file.stem, speakers, exclusive)
    if rttm is not None:
        with writing(rttm) as out:
            out.write(told.rttm)
    if rttm != STANDARD:
        names = list(dict.fromkeys(turn.speaker for turn in told.turns))
        for turn in told.turns:
            colour = SPEAKER_COLOURS[names.index(turn.speaker) % len(SPEAKER_COLOURS)]
            line = Text(f"{clock(turn.start)}–{clock(turn.end)} ", "dim")
            output.result(line.append(turn.speaker, colour), dataclasses.asdict(turn))
