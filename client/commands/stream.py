"""`sori stream`: a recording or standard input through a live session."""

import asyncio
import json
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from client.commands.options import DEFAULT_URL, ApiKey, AsJson, Ca, Url
from client.conversing import converse
from client.feed import Feed, cut, paced
from client.introducing import Recording, Voices, introduce
from client.session import Session
from client.source import STDIN, read_audio
from client.views.view import View, choose_view
from contract.events import ServerEvent, Transcription, UtteranceFailed

FAILED: Final = 1
NO_TEXT: Final = 3


def stream(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="Any audio or video; - = stdin.")],
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    ca: Ca = None,
    speed: Annotated[
        float, typer.Option(min=0, help="1 = the pace of speech, 0 = as fast as accepted.")
    ] = 1.0,
    language: Annotated[str | None, typer.Option(help="ISO 639-1, or auto.")] = None,
    num_speakers: Annotated[
        int | None, typer.Option(help="Most speakers told apart; 0 = no limit.")
    ] = None,
    speaker: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="A voice of the registry that will speak; repeatable."),
    ] = None,
    enroll: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FILE", help="Enrol a voice from a file first; repeatable."),
    ] = None,
    interim: Annotated[bool, typer.Option(help="Show text while it is spoken.")] = True,
    prompt: Annotated[str | None, typer.Option(help="Words and names to expect.")] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Any parameter of the protocol; repeatable."),
    ] = None,
    as_json: AsJson = False,
    expect_text: Annotated[
        bool, typer.Option("--expect-text", help=f"Exit with {NO_TEXT} when no text came back.")
    ] = False,
) -> None:
    """Stream audio and show who said what, and how it felt.

    Standard input is raw PCM (16-bit little-endian, mono, 16 kHz) or a 16-bit WAV. Ctrl-C stops,
    shows what is still owed and ends with 0; a second one aborts.
    """
    wanted = {
        "language": language,
        "num_speakers": num_speakers,
        "interim": interim,
        "prompt": prompt,
        "parameters": parse_parameters(parameter or []),
    }
    voices = Voices(speaker or [], parse_recordings(enroll or []))
    blocks = read_audio(file)
    with choose_view(as_json) as view, log_to(view.notice):
        tally = Tally()
        asyncio.run(_converse(url, api_key, ca, voices, cut(blocks), speed, wanted, view, tally))
    code = tally.exit_code(expect_text)
    if code:
        typer.echo("sori: no text came back", err=True)
        raise typer.Exit(code)


def parse_parameters(pairs: list[str]) -> dict[str, Any]:
    """Read NAME=VALUE pairs; numbers and true or false become such. Raises BadParameter."""
    parameters = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise typer.BadParameter(f"{pair!r} is not NAME=VALUE", param_hint="--parameter")
        try:
            parameters[name] = json.loads(value)
        except ValueError:
            parameters[name] = value
    return parameters


def parse_recordings(pairs: list[str]) -> list[Recording]:
    """Read NAME=FILE pairs and open the files; raises BadParameter or SourceError."""
    recordings = []
    for pair in pairs:
        name, _, file = pair.partition("=")
        if not name or not file or file == STDIN:
            raise typer.BadParameter(f"{pair!r} is not NAME=FILE", param_hint="--enroll")
        recordings.append(Recording(name, read_audio(file)))
    return recordings


class Tally:
    """What came back, as far as the exit status goes."""

    def __init__(self) -> None:
        self.texts = 0
        self.failures = 0

    def count(self, event: ServerEvent) -> None:
        """Take an event into account."""
        match event:
            case Transcription():
                self.texts += 1
            case UtteranceFailed():
                self.failures += 1

    def exit_code(self, expect_text: bool) -> int:
        """Silence is no failure unless text was expected; speech of which nothing came is."""
        if self.texts:
            return 0
        if expect_text:
            return NO_TEXT
        return FAILED if self.failures else 0


async def _converse(
    url: str,
    api_key: str | None,
    ca: Path | None,
    voices: Voices,
    packets: Iterator[bytes],
    speed: float,
    wanted: dict[str, Any],
    view: View,
    tally: Tally,
) -> None:
    feed = Feed(packets)

    def watch(event: ServerEvent) -> None:
        tally.count(event)
        view.show(event)

    with interruptible(feed.stop, view.notice):
        try:
            await converse(
                url,
                api_key,
                ca,
                lambda session: _send(session, voices, feed, speed, wanted),
                watch,
            )
        finally:
            feed.stop()


async def _send(
    session: Session, voices: Voices, feed: Feed, speed: float, wanted: dict[str, Any]
) -> None:
    await introduce(session, voices)
    await session.start_transcription(**wanted)
    async for packet in paced(feed, speed, asyncio.get_running_loop().time):
        await session.send_audio(packet)
    await session.stop_transcription()
    await session.close()


@contextmanager
def interruptible(stop: Callable[[], None], notice: Callable[[str], None]) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM call `stop`; the second one does what it always does."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def interrupted() -> None:
        for number in signals:
            loop.remove_signal_handler(number)
        notice("stopping: what was said so far is still transcribed (again to abort)")
        stop()

    for number in signals:
        loop.add_signal_handler(number, interrupted)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


@contextmanager
def log_to(notice: Callable[[str], None]) -> Iterator[None]:
    """Show the client's log, which tells of lost connections, where the view puts such things."""
    handler = _NoticeHandler(notice)
    logger = logging.getLogger("client")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _NoticeHandler(logging.Handler):
    def __init__(self, notice: Callable[[str], None]) -> None:
        super().__init__()
        self._notice = notice

    def emit(self, record: logging.LogRecord) -> None:
        self._notice(record.getMessage())
