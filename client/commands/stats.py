"""`sori stats`: what the whole server is doing, live."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import ValidationError
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from client.address import shown, websocket_url
from client.commands.options import DEFAULT_URL, AsJson, Ca, Url
from client.commands.speakers.output import Output
from client.errors import NotSoriError, ServerUnreachableError
from client.trust import trusting
from contract.monitoring import SystemStats

PATIENCE_S: Final = 15.0
"""Statistics come every second."""


def stats(
    url: Url = DEFAULT_URL,
    ca: Ca = None,
    once: Annotated[bool, typer.Option("--once", help="Once, not every second.")] = False,
    as_json: AsJson = False,
) -> None:
    """Watch a server: sessions, queues, workers, latency, sentiment.

    Every second, until Ctrl-C.
    """
    with suppress(KeyboardInterrupt):
        asyncio.run(_watch(url, ca, once, as_json))


async def _watch(url: str, ca: Path | None, once: bool, as_json: bool) -> None:
    output, console = Output(as_json), Console(highlight=False)
    live = None if once or as_json or not console.is_terminal else Live(console=console)
    if live is not None:
        live.start()
    try:
        async for system in _reports(url, ca):
            if live is not None:
                live.update(table(system), refresh=True)
            else:
                output.result(table(system), system.model_dump(mode="json"))
            if once:
                return
    finally:
        if live is not None:
            live.stop()


async def _reports(url: str, ca: Path | None) -> AsyncIterator[SystemStats]:
    """What `/ws/stats` says; raises ServerUnreachableError or NotSoriError."""
    address = websocket_url(url).removesuffix("/ws") + "/ws/stats"
    tls = trusting(ca) if address.startswith("wss:") else None
    try:
        async with connect(address, ssl=tls, compression=None) as websocket:
            while True:
                async with asyncio.timeout(PATIENCE_S):
                    said = await websocket.recv()
                yield SystemStats.model_validate_json(said)
    except (OSError, TimeoutError, ConnectionClosed) as error:
        why = str(error) or "no word from it"
        raise ServerUnreachableError(f"{shown(address)} can't be reached: {why}") from error
    except (InvalidHandshake, InvalidURI, ValidationError) as error:
        raise NotSoriError(f"{shown(address)} doesn't answer as Sori does") from error


def table(system: SystemStats) -> Group:
    """The numbers as people read them."""
    head = Table.grid(padding=(0, 3))
    total = system.latency_ms.get("total")
    latency = "–" if total is None or total.p50 is None else f"{total.p50:.0f} / {total.p95:.0f} ms"
    factor = "–" if system.real_time_factor is None else f"{system.real_time_factor:.2f}"
    felt = ", ".join(f"{label} {each.share:.0%}" for label, each in system.sentiment.items())
    for name, value in (
        ("sessions", f"{system.sessions}, with {system.speakers} speakers"),
        ("utterances", f"{system.utterances}, {system.failed} failed, {system.dropped} dropped"),
        ("latency, p50 / p95", latency),
        ("real-time factor", factor),
        ("sentiment", felt or "–"),
    ):
        head.add_row(name, value)
    parts = Table(box=None, header_style="bold")
    for name in ("workers", "alive", "queue", "waiting"):
        parts.add_column(name, justify="right" if name in {"alive", "waiting"} else "left")
    workers, queues = list(system.workers.items()), list(system.queues.items())
    for row in range(max(len(workers), len(queues))):
        kind, alive = workers[row] if row < len(workers) else ("", "")
        queue, waiting = queues[row] if row < len(queues) else ("", "")
        parts.add_row(kind, str(alive), queue, str(waiting))
    return Group(head, "", parts)
