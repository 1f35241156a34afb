"""A session as lines, for pipes and files."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from client.views.lines import aside, started_line, statistics_table, transcription_line
from contract.events import ServerEvent, SessionStarted, Transcription, TranscriptionStopped


class PlainView:
    """Finished lines and the closing statistics on `console`, the rest on `notices`."""

    def __init__(self, console: Console, notices: Console) -> None:
        self._console = console
        self._notices = notices

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
                self._print(transcription_line(event))
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
