"""Options about the audio to hear, and what is said of it."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.text import Text

from client.commands.speakers.output import Output, label
from client.errors import SourceError
from contract.errors import AudioTooLongError, SoriError, TooLargeError
from contract.speakers import Candidate, Identified

Duration = Annotated[
    float | None,
    typer.Option(min=0.1, metavar="SECONDS", help="Use only so much from the beginning."),
]
Threshold = Annotated[
    float, typer.Option(min=0, max=1, help="Score from which a voice is a known one.")
]
TopK = Annotated[int, typer.Option(min=1, max=100, help="Candidates to name.")]


def verdict(answer: Identified, called: Callable[[Candidate], str] = label) -> Text:
    """Whose voice it is and how sure that is, then who else it might be."""
    if not answer.candidates:
        return Text("unknown: nobody is registered")
    best, *others = answer.candidates
    line = Text()
    if answer.known:
        line.append(called(best), "bold green")
        line.append(f" {best.score:.2f}")
    else:
        line.append("unknown", "bold yellow")
        others = [best, *others]
    if others:
        named = ", ".join(f"{called(other)} {other.score:.2f}" for other in others)
        line.append(f"  (next: {named})", "dim")
    return line


def warn_of_outdated(answer: Identified, output: Output) -> None:
    """Say that some voices can't be recognised any more."""
    if answer.outdated:
        output.notice(
            f"not compared: {answer.outdated} voice prints of another encoder;"
            " register these speakers again"
        )


def say_unusable(file: str, error: SoriError, output: Output) -> None:
    """Say why a recording is passed over, and what may help."""
    match error:
        case SourceError():  # names the file itself
            output.notice(f"sori: {error}")
        case AudioTooLongError() | TooLargeError():
            output.notice(f"sori: {file}: {error}; --duration 60 takes its first minute")
        case _:
            output.notice(f"sori: {file}: {error}")
