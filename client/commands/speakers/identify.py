"""`sori speakers identify`: whose voice a recording is."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from client.commands.speakers.audio import (
    Duration,
    Threshold,
    TopK,
    say_unusable,
    verdict,
    warn_of_outdated,
)
from client.commands.speakers.output import Output, fields_of
from client.commands.speakers.place import Place, at_a_place
from client.speakers.recordings import recording
from client.speakers.refusals import ABOUT_A_RECORDING
from contract.speakers import DEFAULT_THRESHOLD

UNKNOWN: Final = 4


@at_a_place
def identify(
    place: Place,
    output: Output,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Any audio or video.")],
    threshold: Threshold = DEFAULT_THRESHOLD,
    top_k: TopK = 3,
    duration: Duration = None,
    fail_unknown: Annotated[
        bool, typer.Option("--fail-unknown", help=f"Exit with {UNKNOWN} where a voice is unknown.")
    ] = False,
) -> None:
    """Tell whose voice each recording is.

    An unknown voice is an answer, not a failure. A recording without one is: it is said, the rest
    is answered, and the exit status is 1.
    """
    failed = unknown = False
    with place.open(output) as registry:
        for file in files:
            try:
                answer = registry.identify(recording(file, duration), threshold, top_k)
            except ABOUT_A_RECORDING as error:
                say_unusable(str(file), error, output)
                failed = True
                continue
            unknown = unknown or not answer.known
            warn_of_outdated(answer, output)
            line = Text(f"{file}: ").append(verdict(answer))
            output.result(line, {"file": str(file), **fields_of(answer)})
    if failed:
        raise typer.Exit(1)
    if unknown and fail_unknown:
        raise typer.Exit(UNKNOWN)
