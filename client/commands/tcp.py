"""`sori tcp`: a recording, standard input or just a question to the TCP server."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path
from ssl import SSLContext
from typing import Annotated

import typer
from rich.text import Text

from client.commands.options import AsJson, Ca
from client.commands.speakers.output import Output
from client.feed import Feed, cut, paced
from client.source import read_audio
from client.tcp.recognition import PACKET_BYTES, Recognition, Result
from client.trust import trusting
from client.views.lines import clock

Host = Annotated[str, typer.Option(envvar="SORI_TCP_HOST", show_envvar=True, help="The server.")]
Port = Annotated[int, typer.Option(envvar="SORI_TCP_PORT", show_envvar=True, min=1, max=65535)]
User = Annotated[str, typer.Option(help="Who you are, in ASCII.")]
Fast = Annotated[
    bool, typer.Option("--fast/--realtime", help="As fast as accepted, or as it was spoken.")
]
Tls = Annotated[bool, typer.Option("--tls", help="The server speaks TLS.")]


def tcp(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE|-", help="Any audio or video; - = stdin.")
    ] = None,
    ip: Host = "127.0.0.1",
    port: Port = 5000,
    user: User = "sori",
    fast: Fast = False,
    status: Annotated[
        bool, typer.Option("--status", help="First say which engines are running.")
    ] = False,
    tls: Tls = False,
    ca: Ca = None,
    as_json: AsJson = False,
) -> None:
    """Stream audio to the TCP server, and print what it understands.

    Standard input is raw PCM (16-bit little-endian, mono, 16 kHz) or a 16-bit WAV. Ctrl-C stops,
    shows what is still owed and ends with 0.
    """
    if file is None and not status:
        raise typer.BadParameter("name one, or ask for --status", param_hint="FILE")
    recognise(file, ip, port, user, fast=fast, status=status, tls=tls, ca=ca, as_json=as_json)


def recognise(
    file: str | None,
    host: str,
    port: int,
    user: str,
    *,
    fast: bool,
    tls: bool,
    ca: Path | None,
    as_json: bool,
    status: bool = False,
) -> None:
    """Do it; raises SoriError."""
    packets = None if file is None else cut(read_audio(file), PACKET_BYTES)
    output = Output(as_json)
    context = trusting(ca) if tls or ca else None
    asyncio.run(_converse(packets, (host, port), user, context, output, fast=fast, status=status))


def recognise_live(
    packets: Iterator[bytes], address: str, *, ca: Path | None, as_json: bool
) -> None:
    """The same with audio as it is spoken, to `HOST:PORT`; raises SoriError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise typer.BadParameter(f"{address!r} is not HOST:PORT", param_hint="--tcp")
    context = trusting(ca) if ca else None
    place, output = (host.strip("[]"), int(port)), Output(as_json)
    asyncio.run(_converse(packets, place, "sori", context, output, fast=True, status=False))


async def _converse(
    packets: Iterator[bytes] | None,
    address: tuple[str, int],
    user: str,
    tls: SSLContext | None,
    output: Output,
    *,
    fast: bool,
    status: bool,
) -> None:
    async with Recognition.connect(*address, user, tls) as connection:
        if status:
            lines = await connection.status()
            output.result(Text(lines), {"status": lines.splitlines()})
        if packets is None:
            return
        loop = asyncio.get_running_loop()
        feed = Feed(packets)
        loop.add_signal_handler(signal.SIGINT, feed.stop)
        try:
            await connection.recognise(
                paced(feed, 0 if fast else 1, loop.time), lambda result: _show(result, output)
            )
        finally:
            feed.stop()


def _show(result: Result, output: Output) -> None:
    line = Text(f"{clock(result.start)}–{clock(result.end)} ", "dim")
    line.append(result.text)
    said = {"start": result.start, "end": result.end, "text": result.text}
    output.result(line, said)
