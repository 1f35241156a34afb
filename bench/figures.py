"""The arithmetic of the benchmarks: from samples to figures, and the search for a limit. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.callers import Sample
from bench.usage import Usage
from contract.statistics import quantiles
from contract.values import LatencyQuantiles
from contract.work import Stage

PARTS: Final = (*(stage.value for stage in Stage), "delivery")
"""The parts of the way that are the pipeline's own doing. `endpointing` is not among them: it is
the silence that has to pass before an utterance can be said to be over."""

TOTAL: Final = "total"
CLIENT: Final = "client"

LIMIT_STEP: Final = 25
"""A limit is searched until it is known to about this many sessions, or to a tenth."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one kind of process took during a trial."""

    processes: int
    cores: float
    """Processor time by time, all processes of the kind together: 1.0 = a whole core."""
    rss_mb: float
    """Resident memory of all of them at the end."""
    grown_mb: float
    """How much of that came since the stack was ready."""


def between(samples: Sequence[Sample], start: float, end: float) -> list[Sample]:
    """The samples of utterances that were complete in a stretch of time (seconds)."""
    return [sample for sample in samples if start <= sample.due_at < end]


def overhead(samples: Sequence[Sample]) -> dict[str, LatencyQuantiles]:
    """Of each of PARTS, of their TOTAL as the server tells it, and as the CLIENT saw it.

    The client's runs from when the packet that completed an utterance was due to be sent until
    the event had arrived, so it also holds what waited in front of the gateway.
    """
    figures = {part: quantiles([s.latency_ms[part] for s in samples]) for part in PARTS}
    figures[TOTAL] = quantiles([own_total(sample) for sample in samples])
    figures[CLIENT] = quantiles([sample.observed_ms for sample in samples])
    return figures


def own_total(sample: Sample) -> float:
    """The pipeline's own part of a latency, milliseconds: all but the wait for silence."""
    return sample.latency_ms["total"] - sample.latency_ms["endpointing"]


def real_time_factor(samples: Sequence[Sample]) -> float | None:
    """Seconds spent at transcribing, queueing included, per second of speech."""
    spoken = sum(sample.spoken for sample in samples)
    if not spoken:
        return None
    return sum(sample.latency_ms[Stage.STT] for sample in samples) / 1000 / spoken


def loads(
    ready: Mapping[str, Usage], before: Mapping[str, Usage], after: Mapping[str, Usage], wall: float
) -> dict[str, Load]:
    """What each kind took between `before` and `after`, which are `wall` seconds apart."""
    return {
        kind: Load(
            processes=usage.processes,
            cores=max(0.0, usage.cpu_s - before[kind].cpu_s) / wall,
            rss_mb=usage.rss_bytes / 1e6,
            grown_mb=(usage.rss_bytes - ready[kind].rss_bytes) / 1e6,
        )
        for kind, usage in after.items()
    }


def next_level(tried: Mapping[int, bool], start: int) -> int | None:
    """Which number of sessions to try next, given which were carried; null when it is known.

    Doubles until a number is too many (or halves until one is not), then bisects.
    """
    carried = [sessions for sessions, well in tried.items() if well]
    too_many = [sessions for sessions, well in tried.items() if not well]
    if not too_many:
        return 2 * max(carried) if carried else start
    low, high = max(carried, default=0), min(too_many)
    if high - low <= max(LIMIT_STEP, low // 10):
        return None
    if not low:
        return high // 2
    return (low + high) // 2
