"""A bound on the memory that all requests in hand take up together."""

from collections.abc import Iterator
from contextlib import contextmanager

from contract.errors import ServerTooBusyError


class Room:
    """So many bytes, shared by whoever holds some; who finds none left is told to come back."""

    def __init__(self, size: int) -> None:
        self._free = size

    @contextmanager
    def share(self) -> Iterator["Share"]:
        """Something of the room, given back when the context ends."""
        share = Share(self)
        try:
            yield share
        finally:
            share.give_back(share.size)

    def take(self, size: int) -> None:
        """Take up `size` bytes more; raises ServerTooBusyError."""
        if size > self._free:
            raise ServerTooBusyError("too much is being uploaded at once; try again")
        self._free -= size

    def give_back(self, size: int) -> None:
        """Free `size` bytes."""
        self._free += size


class Share:
    """What one request holds."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.size = 0

    def take(self, size: int) -> None:
        """Hold `size` bytes more; raises ServerTooBusyError."""
        self._room.take(size)
        self.size += size

    def give_back(self, size: int) -> None:
        """Hold `size` bytes less."""
        self._room.give_back(size)
        self.size -= size
