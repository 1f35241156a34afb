"""`sori mic`: the microphone of this machine, live."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from rich.console import Console

from client.commands.options import DEFAULT_URL, ApiKey, AsJson, Ca, Url
from client.commands.stream import interruptible, log_to
from client.commands.tcp import recognise_live
from client.conversing import converse
from client.errors import RefusedError
from client.feed import Feed, cut
from client.microphone import Microphone
from client.session import Session
from client.tcp.recognition import PACKET_BYTES
from client.views.view import View, choose_view
from contract.events import (
    ServerEvent,
    SpeakerRegistrationFailed,
    SpeakerRegistrationProgress,
)

METER_DB: Final = (-60.0, 0.0)
METER_CELLS: Final = 30

ATTEMPTS: Final = 3
"""At each enrolment."""


def mic(
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    ca: Ca = None,
    device: Annotated[
        str | None, typer.Option(help="A microphone by number or part of its name.")
    ] = None,
    list_devices: Annotated[
        bool, typer.Option("--list-devices", help="Say which microphones there are.")
    ] = False,
    level: Annotated[
        bool, typer.Option("--level", help="Only show how loud it is: no server is needed.")
    ] = False,
    enroll: Annotated[
        int, typer.Option(min=0, max=20, metavar="N", help="First enrol so many speakers.")
    ] = 0,
    language: Annotated[str | None, typer.Option(help="ISO 639-1, or auto.")] = None,
    num_speakers: Annotated[
        int | None, typer.Option(help="Most speakers told apart; 0 = no limit.")
    ] = None,
    tcp: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Speak to the TCP server: text and times only."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Speak, and read who said what: the microphone of this machine.

    Ctrl-C stops, shows what is still owed and ends with 0. A lost connection is resumed; what was
    said meanwhile, up to 60 s, is sent then.
    """
    microphone = Microphone(device)
    if list_devices:
        for line in microphone.devices():
            typer.echo(line)
        return
    with microphone.listening() as blocks:
        if level:
            _show_level(blocks)
        elif tcp is not None:
            recognise_live(cut(blocks, PACKET_BYTES), tcp, ca=ca, as_json=as_json)
        else:
            wanted = {"language": language, "num_speakers": num_speakers or max(enroll, 2)}
            with choose_view(as_json) as view, log_to(view.notice):
                asyncio.run(_converse(url, api_key, ca, blocks, enroll, wanted, view))


def meter(pcm: bytes) -> str:
    """A bar for the level of some audio."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64) / 32_768
    rms = np.sqrt(np.mean(samples**2)) if len(samples) else 0.0
    decibels = 20 * np.log10(max(rms, 1e-6))
    low, high = METER_DB
    filled = round(METER_CELLS * min(1.0, max(0.0, (decibels - low) / (high - low))))
    return f"{'█' * filled}{'░' * (METER_CELLS - filled)} {decibels:6.1f} dBFS"


def _show_level(blocks: Iterator[bytes]) -> None:
    console = Console(highlight=False)
    with console.status("") as status:
        for block in blocks:
            status.update(meter(block))


async def _converse(
    url: str,
    api_key: str | None,
    ca: Path | None,
    blocks: Iterator[bytes],
    enroll: int,
    wanted: Mapping[str, Any],
    view: View,
) -> None:
    feed, heard = Feed(cut(blocks)), Enough()

    def watch(event: ServerEvent) -> None:
        heard.note(event)
        view.show(event)

    with interruptible(feed.stop, view.notice):
        try:
            await converse(
                url,
                api_key,
                ca,
                lambda session: _send(session, feed, heard, enroll, wanted, view),
                watch,
            )
        finally:
            feed.stop()


async def _send(
    session: Session,
    feed: Feed,
    heard: "Enough",
    enroll: int,
    wanted: Mapping[str, Any],
    view: View,
) -> None:
    for speaker_id in range(enroll):
        await _enrol(session, feed, heard, speaker_id, view)
    view.notice("listening")
    await session.start_transcription(**wanted)
    async for packet in feed:
        await session.send_audio(packet)
    await session.stop_transcription()
    await session.close()


async def _enrol(
    session: Session, feed: Feed, heard: "Enough", speaker_id: int, view: View
) -> None:
    """Until it works: whoever is refused hears why, and speaks again."""
    for _ in range(ATTEMPTS):
        view.notice(f"speaker {speaker_id + 1}: speak for 3 to 5 seconds")
        outcome = await session.enrol(speaker_id, heard.until_enough(feed))
        if not isinstance(outcome, SpeakerRegistrationFailed):
            return
        view.notice(f"{outcome.message} [{outcome.code}]")
    raise RefusedError(f"speaker {speaker_id + 1} was not enrolled in {ATTEMPTS} attempts")


class Enough:
    """Whether an enrolment has heard as much speech as it needs."""

    def __init__(self) -> None:
        self._enough = False

    def note(self, event: ServerEvent) -> None:
        """Take in what the server says of its progress."""
        if isinstance(event, SpeakerRegistrationProgress):
            self._enough = event.speech_seconds >= event.needed_seconds

    async def until_enough(self, packets: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The packets up to that moment."""
        self._enough = False
        async for packet in packets:
            yield packet
            if self._enough:
                return
