"""`python -m client.tcp --ip HOST --port PORT --ifn FILE`: `sori tcp` by its old spelling."""

import sys
from typing import Annotated

import typer

from client.commands.options import AsJson, Ca
from client.commands.tcp import Fast, Host, Port, Tls, User, recognise
from contract.errors import SoriError


def _old_spelling(
    ifn: Annotated[str, typer.Option("--ifn", metavar="FILE|-", help="Any audio or video.")],
    ip: Host = "127.0.0.1",
    port: Port = 5000,
    user: User = "sori",
    fast: Fast = False,
    tls: Tls = False,
    ca: Ca = None,
    as_json: AsJson = False,
) -> None:
    """Stream a file to the TCP server, and print what it understands."""
    recognise(ifn, ip, port, user, fast=fast, tls=tls, ca=ca, as_json=as_json)


def main() -> None:
    """Run it; exits with 0, 1 on failure or 2 on wrong usage."""
    try:
        typer.run(_old_spelling)
    except SoriError as error:
        sys.exit(f"sori: {error}")


if __name__ == "__main__":
    main()
