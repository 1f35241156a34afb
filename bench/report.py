"""What was measured, as tables for people and as JSON for machines."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.experiments import LIMIT_MS, Limit
from bench.figures import CLIENT, PARTS, TOTAL, overhead, real_time_factor
from bench.identification import PRINTS, SPEECH_S, Identification
from bench.page import Bubbles
from bench.speech import PACKET_S, source
from bench.trial import Trial
from contract.statistics import quantiles
from contract.values import LatencyQuantiles


@dataclass(slots=True)
class Findings:
    """All that a run of the benchmarks found out; what was not asked for is empty."""

    command: str
    machine: str
    replicas: Mapping[str, int]
    """Where there are more processes than one of a kind."""
    overhead: list[Trial] = field(default_factory=list)
    limit: Limit | None = None
    recogniser: list[Trial] = field(default_factory=list)
    identification: list[Identification] = field(default_factory=list)
    page: Bubbles | None = None


def describe_machine() -> str:
    """Processor, cores, memory, system, and how busy it was before."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{models[0] if models else platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"{memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.2f} before the start"
    )


def show(findings: Findings, console: Console) -> None:
    """Print the tables."""
    console.print(f"$ {findings.command}\n{findings.machine}")
    more = ", ".join(f"{count} {kind}" for kind, count in findings.replicas.items())
    console.print(f"Processes: one of each kind{f', but {more}' if more else ''}; the callers too.")
    console.print(
        f"Speech: {source()}, in utterances of about 3 s and a pause of 1 s, in packets of "
        f"{PACKET_S * 1000:.0f} ms at the pace it was spoken; p50 / p95 in ms."
    )
    if findings.overhead:
        console.print(_overhead_table(findings.overhead))
        console.print(_usage_table(findings.overhead))
    if findings.limit:
        console.print(_limit_line(findings.limit))
        console.print(_overhead_table(findings.limit.attempts))
    if findings.recogniser:
        console.print(_recogniser_table(findings.recogniser))
    if findings.identification:
        console.print(_identification_table(findings.identification))
    if findings.page:
        console.print(_page_table(findings.page))
    for trial in (*findings.overhead, *findings.recogniser):
        if trial.faults:
            console.print(f"{trial.sessions} sessions: {len(trial.faults)} ended too early, e.g.")
            console.print(f"  {trial.faults[0]}", markup=False)


def to_json(findings: Findings) -> str:
    """Everything, without the single samples."""
    limit = findings.limit
    return json.dumps(
        {
            "command": findings.command,
            "machine": findings.machine,
            "replicas": dict(findings.replicas),
            "overhead": [_facts(trial) for trial in findings.overhead],
            "limit": limit
            and {
                "p95_ms": LIMIT_MS,
                "carried": limit.carried,
                "too_many": limit.too_many,
                "generator_was_full": limit.generator_was_full,
                "attempts": [_facts(trial) for trial in limit.attempts],
            },
            "recogniser": [
                {
                    **_facts(trial),
                    "real_time_factor": real_time_factor(trial.samples),
                    "latency_ms": _total(trial).model_dump(),
                }
                for trial in findings.recogniser
            ],
            "identification": [
                {
                    "callers": trial.callers,
                    "live_sessions": trial.live_sessions,
                    "requests": len(trial.latencies_ms),
                    "refused": trial.refused,
                    "latency_ms": quantiles(trial.latencies_ms).model_dump(),
                    "cpu_ms": trial.cpu_ms,
                }
                for trial in findings.identification
            ],
            "page": findings.page
            and {
                "bubbles": len(findings.page.from_event),
                "from_sound_ms": quantiles(findings.page.from_sound).model_dump(),
                "from_event_ms": quantiles(findings.page.from_event).model_dump(),
            },
        },
        indent=1,
    )


def _facts(trial: Trial) -> dict[str, Any]:
    return {
        "sessions": trial.sessions,
        "interim": trial.interim,
        "samples": len(trial.samples),
        "utterances": trial.due,
        "answered": trial.answered,
        "partials": trial.partials,
        "faults": len(trial.faults),
        "overhead_ms": {name: q.model_dump() for name, q in overhead(trial.samples).items()},
        "usage": {kind: asdict(load) for kind, load in trial.loads.items()},
        "generator_cores": trial.generator_cores,
        "generator_lag_ms": trial.generator_lag_ms.model_dump(),
    }


def _overhead_table(trials: Sequence[Trial]) -> Table:
    table = Table(
        title="The pipeline's own overhead: engines answer at once, the wait for silence taken off",
        caption="client: from when the packet that ends an utterance was due until its text had "
        "arrived. lag: how late the callers' own clock was, p95.",
    )
    for name in (
        "sessions",
        "interim",
        "answered",
        "samples",
        *PARTS,
        TOTAL,
        CLIENT,
        "callers",
        "lag",
    ):
        table.add_column(name, justify="right")
    for trial in trials:
        figures = overhead(trial.samples)
        table.add_row(
            str(trial.sessions),
            "on" if trial.interim else "off",
            f"{trial.answered} of {trial.due}",
            str(len(trial.samples)),
            *(_pair(figures[name]) for name in (*PARTS, TOTAL, CLIENT)),
            f"{trial.generator_cores:.0%} core",
            _number(trial.generator_lag_ms.p95),
        )
    return table


def _usage_table(trials: Sequence[Trial]) -> Table:
    table = Table(
        title="What it takes: share of a core; resident memory in MB (of which since the start)",
        caption="Per session: all kinds together; memory as grown since the stack was ready.",
    )
    kinds = list(trials[0].loads)
    for name in ("sessions", "interim", *kinds, "per session"):
        table.add_column(name, justify="right")
    for trial in trials:
        loads = trial.loads
        cores = sum(load.cores for load in loads.values()) / trial.sessions
        grown = sum(load.grown_mb for load in loads.values()) / trial.sessions
        table.add_row(
            str(trial.sessions),
            "on" if trial.interim else "off",
            *(
                f"{loads[k].cores:.1%}\n{loads[k].rss_mb:.0f} ({loads[k].grown_mb:+.0f})"
                for k in kinds
            ),
            f"{cores:.2%}\n{grown:.2f} MB",
        )
    return table


def _recogniser_table(trials: Sequence[Trial]) -> Table:
    table = Table(
        title="pocketsphinx: from the end of speech to the text, the wait for silence included",
        caption="Real-time factor: time in the stt stage, queueing included, per second of speech.",
    )
    for name in (
        "sessions",
        "interim",
        "answered",
        "samples",
        "real-time factor",
        "latency",
        "stt",
    ):
        table.add_column(name, justify="right")
    for trial in trials:
        factor = real_time_factor(trial.samples)
        table.add_row(
            str(trial.sessions),
            "on" if trial.interim else "off",
            f"{trial.answered} of {trial.due}",
            str(len(trial.samples)),
            "-" if factor is None else f"{factor:.2f}",
            _pair(_total(trial)),
            _pair(overhead(trial.samples)["stt"]),
        )
    return table


def _identification_table(trials: Sequence[Identification]) -> Table:
    table = Table(
        title=f"POST /speakers/identify: {SPEECH_S:.0f} s of speech among {PRINTS:,} voice prints",
        caption="Latency as callers see it, each asking again as soon as it is answered. Processor "
        "time per request, ms; beside a live session, that of the session is in it.",
    )
    kinds = ("gateway", "diarization_worker", "redis")
    for name in ("callers", "live sessions", "requests", "refused", "latency", *kinds):
        table.add_column(name, justify="right")
    for trial in trials:
        table.add_row(
            str(trial.callers),
            str(trial.live_sessions),
            str(len(trial.latencies_ms)),
            str(trial.refused),
            _pair(quantiles(trial.latencies_ms)),
            *(_number(trial.cpu_ms[kind]) for kind in kinds),
        )
    return table


def _page_table(page: Bubbles) -> Table:
    table = Table(
        title="The page: a browser whose microphone plays speech; engines answer at once",
        caption="From the last sound in the microphone, the wait for silence included, and from "
        "the event's arrival in the page, until the bubble has been painted.",
    )
    for name in ("bubbles", "from the last sound", "from the event"):
        table.add_column(name, justify="right")
    figures = (quantiles(page.from_sound), quantiles(page.from_event))
    table.add_row(str(len(page.from_event)), *map(_pair, figures))
    return table


def _limit_line(limit: Limit) -> str:
    if limit.too_many is None:
        why = "the callers had no processor time left" if limit.generator_was_full else "time is up"
        known = f"> {limit.carried} ({why})"
    elif limit.carried:
        known = f"between {limit.carried} and {limit.too_many}"
    else:
        known = f"< {limit.too_many}"
    return f"Sessions at which p95, as clients see it, passes {LIMIT_MS:.0f} ms: {known}"


def _total(trial: Trial) -> LatencyQuantiles:
    return quantiles([sample.latency_ms["total"] for sample in trial.samples])


def _pair(figure: LatencyQuantiles) -> str:
    return f"{_number(figure.p50)} / {_number(figure.p95)}"


def _number(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.0f}" if figure >= 100 else f"{figure:.1f}"
