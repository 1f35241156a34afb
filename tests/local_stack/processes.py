"""What tests ask the kernel about processes that are not their children."""

import os
import select
from pathlib import Path


def gone(pid: int, timeout_s: float = 10) -> bool:
    """Whether a process has ended, or does so in time; it may still await its parent's `wait`."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], timeout_s)[0])
    finally:
        os.close(handle)


def descendants(pid: int) -> list[int]:
    """The children of a process, theirs, and so on."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid for child in children for pid in (int(child), *descendants(int(child)))]
