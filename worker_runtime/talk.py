"""When people last talked: as this worker knows it, and as the others of its stage say."""

import math
import time
from collections.abc import Iterable

from contract.heartbeats import Heartbeat


class Talk:
    """Safe to use from many threads. Moments are of time.monotonic()."""

    def __init__(self) -> None:
        self.here = -math.inf
        """When this worker last took live speech in."""
        self.anywhere = -math.inf
        """When any worker of the stage did, as far as this one knows: a second or two late."""

    def note(self) -> None:
        """Live speech has come in here."""
        self.here = self.anywhere = time.monotonic()

    def tell(self, now: float) -> float:
        """When live speech last came in here, seconds since the epoch, where that is `now`."""
        return max(0.0, now - (time.monotonic() - self.here))

    def hear(self, beats: Iterable[Heartbeat], now: float) -> None:
        """What the workers of the stage say, with the clocks of all machines set alike."""
        latest = max((beat.live_at for beat in beats), default=0.0)
        self.anywhere = max(self.anywhere, time.monotonic() - max(0.0, now - latest))
