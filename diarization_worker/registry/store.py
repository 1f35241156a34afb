"""What a place that keeps voice prints must do."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from diarization_worker.registry.prints import Print

NOTHING_KNOWN: Final = -1
"""The version of someone who has read nothing yet."""


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What somebody must take in to know all prints as of `version`."""

    version: int
    prints: tuple[Print, ...] = ()
    """New or changed, without audio."""
    ids: frozenset[str] | None = None
    """Of all prints, where some that were known are gone; None where none is."""


class PrintStore(Protocol):
    """Keeps voice prints, for any number of threads and processes at once."""

    def changes(self, version: int, known: Collection[str]) -> Changes:
        """What happened since `version`, for someone who then knew the prints `known`."""

    def read(self, speaker_id: str) -> Print | None:
        """One print with all its audio."""

    def update(self, speaker_id: str, change: Callable[[Print | None], Print]) -> Print:
        """Apply a pure function to a print as one step, and return what it made of it.

        It runs again on a fresh print whenever somebody else wrote in between.
        """

    def write(self, prints: Sequence[Print]) -> None:
        """Write them all; those that exist are replaced."""

    def delete(self, speaker_id: str) -> bool:
        """Leave nothing of a print; whether there was one."""
