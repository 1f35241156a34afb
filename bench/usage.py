"""What processes take of the machine, read from /proc."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """Of all processes of one kind together."""

    processes: int
    cpu_s: float
    """Processor time since they started, seconds."""
    rss_bytes: int
    """Resident memory; what processes share is counted in each."""


def measure(kinds: Mapping[str, Sequence[int]]) -> dict[str, Usage]:
    """The usage of each kind's processes and of those that they started themselves."""
    children = _children()
    return {kind: _sum(_with_descendants(pids, children)) for kind, pids in kinds.items()}


def read_stat(text: str) -> tuple[int, float]:
    """Parent process and processor time in seconds, out of /proc/PID/stat."""
    # The second field is the name in parentheses, which may hold anything.
    fields = text.rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return int(fields[1]), ticks / os.sysconf("SC_CLK_TCK")


def _children() -> dict[int, list[int]]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdecimal():
            try:
                parent, _ = read_stat((entry / "stat").read_text())
            except (FileNotFoundError, ProcessLookupError):  # ended in between
                continue
            children[parent].append(int(entry.name))
    return children


def _with_descendants(pids: Sequence[int], children: Mapping[int, Sequence[int]]) -> list[int]:
    found = list(pids)
    for pid in found:  # grows while it is walked
        found.extend(children.get(pid, ()))
    return found


def _sum(pids: Sequence[int]) -> Usage:
    cpu_s, rss_bytes = 0.0, 0
    for pid in pids:
        folder = PROC / str(pid)
        cpu_s += read_stat((folder / "stat").read_text())[1]
        pages = int((folder / "statm").read_text().split()[1])
        rss_bytes += pages * os.sysconf("SC_PAGE_SIZE")
    return Usage(len(pids), cpu_s, rss_bytes)
