"""Three experiments: the pipeline's own overhead, how many sessions it carries, a recogniser's
speed. Each starts a stack of its own, so that no one's leftovers are counted in another's memory.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.callers import RAMP_S
from bench.figures import CLIENT, next_level, overhead
from bench.speech import (
    Script,
    recordings,
    short_pieces,
    speech_only,
    with_pauses,
    write_script,
)
from bench.trial import Bench, Trial
from contract.parameters import Parameters
from local_stack.stack import Stack

INSTANT: Final = {
    "STT_ENGINE": "bench.instant:InstantRecogniser",
    "SPEAKER_ENCODER": "bench.instant:InstantEncoder",
    "SEGMENTATION_MODEL": "bench.instant:InstantSegmenter",
    "SENTIMENT_MODEL": "bench.instant:InstantAnalyzer",
}
"""Engines that answer at once: what is left is the pipeline."""

RECOGNISER: Final = {"STT_ENGINE": "pocketsphinx"}

MAX_SESSIONS: Final = 10_000
"""For the benchmarks alone, so that no gateway refuses anybody."""

LIMIT_MS: Final = 500.0
LIMIT_SECONDS: Final = 10.0
"""Length of one attempt, without its ramp."""

LIMIT_BUDGET_S: Final = 75.0
"""No new attempt is begun after this long."""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for."""

    sessions: Sequence[int]
    seconds: float
    """Measured time of each trial, without its ramp."""
    interim: bool | None
    """None: with interim text as users have it, and without it at the fewest and most sessions."""
    replicas: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Limit:
    """How many sessions were carried with p95 within LIMIT_MS, and what was tried to find out."""

    carried: int
    """The most that were; 0 = none of those tried."""
    too_many: int | None
    """The fewest that were not; null where no attempt reached that."""
    generator_was_full: bool
    """Whether the search ended because the callers, not the stack, had no processor time left."""
    attempts: Sequence[Trial]


def measure_overhead(plan: Plan, report: Report) -> list[Trial]:
    """Trials with engines that answer at once."""
    script = short_utterances(plan.seconds)
    trials = []
    for interim, levels in _modes(plan):
        with _ready_stack(INSTANT, plan.replicas) as bench:
            for sessions in levels:
                report(f"overhead: {sessions} sessions, interim text {'on' if interim else 'off'}")
                trials.append(bench.run(sessions, script, interim=interim))
    return trials


def find_limit(plan: Plan, report: Report) -> Limit:
    """Search upwards, then bisect, for the number of sessions at which p95 passes LIMIT_MS."""
    script = short_utterances(LIMIT_SECONDS)
    attempts: dict[int, Trial] = {}
    tried: dict[int, bool] = {}
    deadline = time.monotonic() + LIMIT_BUDGET_S
    with _ready_stack(INSTANT, plan.replicas) as bench:
        while time.monotonic() < deadline:
            sessions = next_level(tried, max(plan.sessions))
            if sessions is None:
                break
            report(f"limit: trying {sessions} sessions")
            trial = bench.run(sessions, script, interim=plan.interim is not False)
            attempts[sessions] = trial
            tried[sessions] = carried(trial)
            if trial.generator_was_full:
                del tried[sessions]
                break
    return Limit(
        carried=max((n for n, well in tried.items() if well), default=0),
        too_many=min((n for n, well in tried.items() if not well), default=None),
        generator_was_full=len(tried) < len(attempts),
        attempts=[attempts[n] for n in sorted(attempts)],
    )


def carried(trial: Trial) -> bool:
    """Whether everybody got everything, with p95 within LIMIT_MS as the clients saw it."""
    p95 = overhead(trial.samples)[CLIENT].p95
    complete = not trial.faults and trial.answered == trial.due
    return complete and p95 is not None and p95 <= LIMIT_MS


def measure_recogniser(plan: Plan, report: Report) -> list[Trial]:
    """The same speech through pocketsphinx: one session, and as many as there are cores."""
    script = short_utterances(plan.seconds)
    trials = []
    with _ready_stack(RECOGNISER, plan.replicas) as bench:
        for sessions in sorted({1, len(os.sched_getaffinity(0))}):
            report(f"recogniser: {sessions} sessions")
            trials.append(bench.run(sessions, script, interim=plan.interim is not False))
    return trials


def _modes(plan: Plan) -> Iterator[tuple[bool, Sequence[int]]]:
    if plan.interim is not False:
        yield True, plan.sessions
    if plan.interim is False:
        yield False, plan.sessions
    elif plan.interim is None:
        yield False, sorted({min(plan.sessions), max(plan.sessions)})


def short_utterances(seconds: float) -> Script:
    """Utterances of about 3 s, one each 4 s, for so many seconds after the ramp."""
    speech = np.concatenate([speech_only(recording) for recording in recordings()[:10]])
    return write_script(with_pauses(short_pieces(speech)), RAMP_S + seconds, Parameters())


@contextmanager
def _ready_stack(engines: Mapping[str, str], replicas: Mapping[str, int]) -> Iterator[Bench]:
    environment = {**engines, "MAX_SESSIONS": str(MAX_SESSIONS), "LOG_LEVEL": "WARNING"}
    with (
        tempfile.TemporaryDirectory(prefix="sori-bench-") as folder,
        Stack(Path(folder), environment, replicas) as stack,
    ):
        stack.wait_ready(timeout_s=120)
        yield Bench(stack, Parameters())
