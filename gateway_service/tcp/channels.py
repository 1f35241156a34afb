"""How many users may be served at once."""

from contract.errors import ServerTooBusyError


class Channels:
    """So many channels, each for one user."""

    def __init__(self, count: int) -> None:
        self.count = count
        """Of all, taken or not."""
        self._free = count

    @property
    def taken(self) -> int:
        """How many users there are."""
        return self.count - self._free

    def take(self) -> "Channel":
        """A channel until it is given back; raises ServerTooBusyError where none is free."""
        if not self._free:
            raise ServerTooBusyError("every channel is taken")
        self._free -= 1
        return Channel(self)

    def _take_back(self) -> None:
        self._free += 1


class Channel:
    """One user's."""

    def __init__(self, channels: Channels) -> None:
        self._channels: Channels | None = channels

    def give_back(self) -> None:
        """Leave it to the next user; once is enough."""
        if self._channels is not None:
            self._channels._take_back()
            self._channels = None
