"""Making sense of what a server sends, also of one newer than this client."""

import json
import logging
from typing import Any, get_args

from pydantic import ValidationError

from client.errors import ConnectionLostError, EventsMissingError, NotSoriError
from contract.events import ServerEvent, parse_event

log = logging.getLogger(__name__)


class Reception:
    """Turns frames into events: each durable one once, in order, without a gap."""

    def __init__(self) -> None:
        self._last = 0
        self._gap_at: int | None = None

    @property
    def last_event_id(self) -> int:
        """Every event up to this number has been taken."""
        return self._last

    def take(self, text: str) -> ServerEvent | None:
        """Read a frame; None for a repeated event, or one this client doesn't know.

        Raises ConnectionLostError at a gap, EventsMissingError when resuming didn't close it, and
        NotSoriError when the frame is no event.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise NotSoriError(f"the server sent no JSON: {text:.80}") from error
        if not isinstance(data, dict) or not isinstance(data.get("type"), str):
            raise NotSoriError(f"the server sent no event: {text:.80}")
        event_id = data.get("event_id")
        if isinstance(event_id, int) and not self._is_next(event_id):
            return None
        return read_event(data)

    def _is_next(self, event_id: int) -> bool:
        if event_id <= self._last:
            log.debug("event %d came again", event_id)
            return False
        expected = self._last + 1
        if event_id == expected:
            self._last = event_id
            return True
        missing = f"event {event_id} came where {expected} was due"
        if self._gap_at == expected:
            raise EventsMissingError(f"{missing}, also after resuming")
        self._gap_at = expected
        raise ConnectionLostError(missing)


def read_event(data: dict[str, Any]) -> ServerEvent | None:
    """The event in a parsed frame, without fields this client doesn't know; None if it can't be.

    The contract's types refuse the unknown, which is right between processes of one version; a
    client, though, outlives its server's upgrades.
    """
    if data["type"] not in _TYPES:
        log.debug("skipped an event of unknown type %r", data["type"])
        return None
    try:
        return parse_event(data)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    for problem in problems:
        if problem["type"] != "extra_forbidden":
            log.warning("skipped a %s event: %s: %s", data["type"], problem["loc"], problem["msg"])
            return None
        # The first part of the place is the event's type, the union's tag.
        _remove(data, problem["loc"][1:])
    return parse_event(data)


def _remove(data: Any, place: tuple[int | str, ...]) -> None:
    *way, name = place
    for part in way:
        data = data[part]
    del data[name]


_TYPES = frozenset(kind.model_fields["type"].default for kind in get_args(ServerEvent))
