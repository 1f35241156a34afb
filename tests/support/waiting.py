"""Waiting for something to be true, instead of for a time to be over."""

import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], timeout_s: float = 10.0) -> None:
    """Return once the condition holds; raises AssertionError where it does not in time."""
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"did not come true within {timeout_s} s")
        time.sleep(0.01)
