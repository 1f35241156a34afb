"""What was measured, as lines for people. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from bench.recordings.measuring import Findings, Neighbours

_STEPS: Final[Mapping[str, Sequence[str]]] = {
    "fetch": ("waiting for a worker", "fetching the recording", "decoding the recording"),
    "cut": ("looking for speech",),
    "listen": ("listening",),
    "measure": ("measuring how it sounds",),
    "feel": ("telling how it felt",),
}
"""The columns of steps, and the messages of a job that belong to each."""

_ROLES: Final[Mapping[str, str]] = {
    "stt": "stt_worker",
    "diarize": "diarization_worker",
    "media": "media_worker",
}
"""The columns of processor time, and whose it is."""

KEY: Final = (
    "Real-time factors: seconds spent for each second of the recording, of each step and in all,\n"
    "then processor seconds of each kind of worker (listening is stt beside diarize).\n"
    "still: the longest that nothing moved, s. MB: the most that one process of a kind ever held."
)

HEAD: Final = (
    "".join(f"{name:>9}" for name in ("minutes", *_STEPS, "in all", *_ROLES, "still", "words"))
    + "  MB"
)


def row(findings: Findings) -> str:
    """A recording's line under HEAD."""
    seconds = findings.minutes * 60
    steps = [sum(findings.steps.get(its, 0.0) for its in names) for names in _STEPS.values()]
    spent = [sum(findings.cpu_s.get(role, ())) for role in _ROLES.values()]
    factors = [f"{each / seconds:9.4f}" for each in (*steps, findings.wall_s, *spent)]
    most = ", ".join(f"{role} {max(each):.0f}" for role, each in findings.peak_mb.items() if each)
    killed = f"; killed: {', '.join(findings.killed)}" if findings.killed else ""
    return (
        f"{findings.minutes:9g}{''.join(factors)}{findings.longest_wait_s:9.1f}{findings.words:9}"
        f"  {most}{killed} (said: {findings.digest})"
    )


def live_lines(neighbours: Neighbours) -> str:
    """Live latency alone and beside a recording."""
    alone, beside = (
        "/".join(f"{figure:.0f}" for figure in figures)
        for figures in (neighbours.alone, neighbours.beside)
    )
    return (
        f"live, 1 session, p50/p95/longest ms: alone {alone}, beside a recording {beside}"
        f" ({neighbours.beside[1] / neighbours.alone[1]:.2f} x p95; {neighbours.recording})"
    )
