"""Options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

Url = Annotated[
    str,
    typer.Option(envvar="SORI_URL", help="The server: ws(s)://HOST/ws, or http(s)://HOST."),
]
ApiKey = Annotated[
    str | None,
    typer.Option(envvar="SORI_API_KEY", show_envvar=True, help="Where the server wants one."),
]
Ca = Annotated[
    Path | None,
    typer.Option(
        envvar="SORI_CA",
        show_envvar=True,
        metavar="FILE",
        help="Certificate (PEM) to trust, such as a self-signed one.",
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="One JSON object a line on stdout, all else on stderr."),
]

DEFAULT_URL = "ws://127.0.0.1:8000/ws"
