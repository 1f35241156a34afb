"""`sori speakers register`: voices from a folder, or from one recording."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from client.commands.speakers.audio import Duration, say_unusable
from client.commands.speakers.ids import NameOption, SpeakerIdOption
from client.commands.speakers.output import Output, fields_of, label
from client.commands.speakers.place import Place, at_a_place
from client.speakers.enrolling import Enrolled, Unusable, enrol
from client.speakers.folder import Found, find_speakers
from client.speakers.recordings import recording


@at_a_place
def register(
    place: Place,
    output: Output,
    source: Annotated[
        Path, typer.Argument(metavar="DIR|FILE", help="A folder per speaker, or one recording.")
    ],
    speaker_id: SpeakerIdOption = None,
    name: NameOption = None,
    duration: Duration = None,
) -> None:
    """Register voices, or add recordings to those that are.

    In DIR each folder is a speaker and its files, however deep, are the samples; a file in DIR
    itself is a speaker of its own. What can't be used is said, the rest is registered, and the
    exit status is 1.
    """
    if source.is_dir():
        if speaker_id is not None or name is not None:
            raise typer.BadParameter(
                "only for a FILE: in a DIR, folders name the speakers", param_hint="--id, --name"
            )
        found = find_speakers(source)
        say_left_out(found, output)
        with place.open(output) as registry:
            complete = show_enrolment(
                (
                    outcome
                    for speaker in found.speakers
                    for outcome in enrol(registry, speaker, duration)
                ),
                output,
            )
        if not complete:
            raise typer.Exit(1)
        return
    audio = recording(source, duration)
    with place.open(output) as registry:
        show_registered(Enrolled((audio,), registry.register([audio], speaker_id, name)), output)


def show_enrolment(outcomes: Iterable[Enrolled | Unusable], output: Output) -> bool:
    """Say what becomes of recordings; whether all of them could be used."""
    complete = True
    for outcome in outcomes:
        match outcome:
            case Enrolled():
                show_registered(outcome, output)
            case Unusable(name, error):
                say_unusable(name, error, output)
                complete = False
    return complete


def say_left_out(found: Found, output: Output) -> None:
    """Say which files are not even tried."""
    for file in found.left_out:
        output.notice(f"{file}: no recording, left out")


def show_registered(enrolled: Enrolled, output: Output) -> None:
    """Say what a voice print has become."""
    made = enrolled.answer.voice_print
    line = Text(label(made), "bold")
    line.append(f": {_plural(made.samples)}, {made.speech_seconds:.1f} s of speech", "not bold")
    line.append(f", quality {enrolled.answer.quality:.2f}", "not bold dim")
    files = [each.name for each in enrolled.recordings]
    output.result(line, {"files": files, **fields_of(enrolled.answer)})


def _plural(samples: int) -> str:
    return "1 sample" if samples == 1 else f"{samples} samples"
