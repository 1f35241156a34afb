"""A session on a terminal: finished lines stay, the one in the making changes below them."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from client.views.lines import partial_line, progress_line
from client.views.plain import PlainView
from contract.events import (
    Partial,
    ServerEvent,
    SpeakerRegistrationCompleted,
    SpeakerRegistrationFailed,
    SpeakerRegistrationProgress,
    SpeechStarted,
    Transcription,
    TranscriptionStopped,
    UtteranceFailed,
)


class LiveView(PlainView):
    """Adds the interim line to the finished ones."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, console)
        self._live = Live(Text(), console=console, auto_refresh=False, transient=True)
        self._interim_of = 0
        self.interim = Text()

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, event: ServerEvent) -> None:
        """Print what is final, renew what is not."""
        match event:
            case Partial():
                self._interim_of = event.utterance_id
                self._set(partial_line(event))
                return
            case SpeakerRegistrationProgress():
                self._set(progress_line(event))
            case SpeakerRegistrationCompleted() | SpeakerRegistrationFailed():
                self._set(Text())
            case Transcription() | UtteranceFailed() | SpeechStarted():
                if event.utterance_id >= self._interim_of:
                    self._set(Text())
            case TranscriptionStopped():
                self._set(Text())
        super().show(event)

    def _set(self, line: Text) -> None:
        self.interim = line
        self._live.update(line, refresh=True)
