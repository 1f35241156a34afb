"""A session for programs: an event a line."""

from types import TracebackType
from typing import Self, TextIO

from contract.events import ServerEvent


class JsonView:
    """Each event as one JSON object a line on `out`, everything else on `err`."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._out.flush()

    def show(self, event: ServerEvent) -> None:
        """Write the event as the protocol has it: a passing one has no number."""
        number = {"event_id"} if event.event_id is None else None
        self._out.write(event.model_dump_json(exclude=number) + "\n")
        self._out.flush()

    def notice(self, text: str) -> None:
        """Write a line to stderr."""
        self._err.write(text + "\n")
        self._err.flush()
