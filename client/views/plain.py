"""A session as lines, for pipes and files."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from client.views.lines import aside, started_line, statistics_table, transcription_line
from client.views.told import Told
from contract.events import (
    ServerEvent,
    SessionStarted,
    SpeakerUpdated,
    Transcription,
    TranscriptionStopped,
)


class PlainView:
    """Finished lines, their corrections and the closing statistics on `console`, the rest on
    `notices`.
    """

    def __init__(self, console: Console, notices: Console) -> None:
        self._console = console
        self._notices = notices
        self._told = Told()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._console.file.flush()

    def show(self, event: ServerEvent) -> None:
        """Print what is final."""
        match event:
            case Transcription():
                self._told.add(event)
                self._print(transcription_line(event))
            case SpeakerUpdated():
                for line in self._told.correct(event):
                    self._print(line)
            case TranscriptionStopped():
                self._console.print(statistics_table(event.stats))
            case SessionStarted():
                self._print(started_line(event))
            case _:
                text = aside(event)
                if text is not None:
                    self.notice(text)

    def notice(self, text: str) -> None:
        """Print a line beside the session's content."""
        self._notices.print(Text(text, "yellow"), soft_wrap=True)

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True)
        self._console.file.flush()
