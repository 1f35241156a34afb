"""When to try again after the connection was lost, and when to give up."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

STEADY_S: Final = 1.0
"""A resumed connection that lasted this long was worth having: counting starts anew."""


@dataclass(frozen=True, slots=True)
class Reconnect:
    """How persistent a session is."""

    window_s: float = 600
    """Give up after this long without progress; 0 = never reconnect."""

    first_delay_s: float = 0.25
    """Upper bound of the first wait; each further one doubles."""

    max_delay_s: float = 10


class Attempts:
    """Exponential backoff with jitter, over all that happens to one session.

    A connection that comes back and breaks at once, again and again, is one long outage: only
    progress (something new arrived, or the connection was steady) ends it.
    """

    def __init__(
        self,
        policy: Reconnect,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._jitter = jitter
        self._count = 0
        self._lost_at: float | None = None
        self._resumed_at: float | None = clock()

    def progress(self) -> None:
        """Something new came over the connection."""
        self._count = 0
        self._lost_at = None

    def resumed(self) -> None:
        """The server goes on with the session over a new connection."""
        self._resumed_at = self._clock()

    def next_delay(self, window_s: float) -> float | None:
        """Seconds to wait before the next attempt; None = the outage outlasted the window.

        `window_s` is the server's own; the shorter one counts.
        """
        now = self._clock()
        if self._resumed_at is not None and now - self._resumed_at >= STEADY_S:
            self.progress()
        self._resumed_at = None
        if self._lost_at is None:
            self._lost_at = now
        if now - self._lost_at >= min(window_s, self._policy.window_s):
            return None
        bound = min(
            self._policy.max_delay_s, self._policy.first_delay_s * 2 ** min(self._count, 30)
        )
        self._count += 1
        return self._jitter(bound / 2, bound)
