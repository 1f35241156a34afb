"""Speaker ids as arguments, checked before anybody is asked."""

import re
from typing import Annotated

import typer

from contract.speakers import RESERVED_IDS, SPEAKER_ID_PATTERN


def checked(text: str) -> str:
    """A speaker id; raises BadParameter for what can't be one."""
    if not re.match(SPEAKER_ID_PATTERN, text) or text in RESERVED_IDS:
        raise typer.BadParameter(
            f"{text!r} can't be one: 1 to 64 letters, digits, dots, dashes and underscores,"
            " a letter or digit first"
        )
    return text


SpeakerIdArgument = Annotated[str, typer.Argument(metavar="ID", parser=checked)]
SpeakerIdsArgument = Annotated[list[str], typer.Argument(metavar="ID", parser=checked)]
SpeakerIdOption = Annotated[
    str | None,
    typer.Option(
        "--id",
        metavar="ID",
        parser=checked,
        help="Of a FILE: whose voice; default: an anonymous one.",
    ),
]
NameOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Of a FILE: what to call the speaker.")
]
