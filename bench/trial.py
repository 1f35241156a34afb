"""One trial: so many callers on a running stack, what they saw and what it took."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import uvloop

from bench.callers import RAMP_S, Observed, Sample, call
from bench.figures import Load, between, loads
from bench.speech import Script
from bench.usage import Usage, measure
from contract.parameters import Parameters
from contract.statistics import quantiles
from contract.values import LatencyQuantiles
from local_stack.services import REDIS, SERVICES
from local_stack.stack import Stack

KINDS: Final = (*(service.name for service in SERVICES), REDIS)

GENERATOR_FULL: Final = 0.85
"""Share of a core above which the generator can't be trusted to keep the pace."""


@dataclass(frozen=True, slots=True)
class Trial:
    """So many callers, and how they fared while all of them were talking."""

    sessions: int
    interim: bool
    samples: Sequence[Sample] = field(repr=False)
    due: int
    answered: int
    partials: int
    faults: Sequence[str]
    loads: dict[str, Load]
    generator_cores: float
    generator_lag_ms: LatencyQuantiles

    @property
    def generator_was_full(self) -> bool:
        """Whether the generator itself had no processor time left."""
        return self.generator_cores > GENERATOR_FULL


class Bench:
    """A stack that is ready, and its state at that moment."""

    def __init__(self, stack: Stack, parameters: Parameters) -> None:
        self._urls = stack.urls()
        self._pids = {kind: stack.processes(kind) for kind in KINDS}
        self._parameters = parameters
        self._ready = measure(self._pids)

    def run(self, sessions: int, script: Script, *, interim: bool) -> Trial:
        """Carry out one trial; blocks for the length of the script and of the ramp."""
        return uvloop.run(self._run(sessions, script, interim))

    async def _run(self, sessions: int, script: Script, interim: bool) -> Trial:
        calling = asyncio.create_task(
            call(self._urls, sessions, script, interim=interim, parameters=self._parameters)
        )
        end = script.seconds
        watching = asyncio.create_task(self._watch(RAMP_S, end))
        observed: Observed = await calling
        before, after, generator_cores, wall = await watching
        return Trial(
            sessions=sessions,
            interim=interim,
            samples=between(observed.samples, RAMP_S, end),
            due=observed.due,
            answered=observed.answered,
            partials=observed.partials,
            faults=observed.faults,
            loads=loads(self._ready, before, after, wall),
            generator_cores=generator_cores,
            generator_lag_ms=quantiles(observed.lags_ms),
        )

    async def _watch(
        self, start: float, end: float
    ) -> tuple[dict[str, Usage], dict[str, Usage], float, float]:
        """Usage before and after a stretch of time, the generator's cores in it, its length."""
        await asyncio.sleep(start)
        before = await asyncio.to_thread(measure, self._pids)
        began, cpu = time.monotonic(), time.process_time()
        await asyncio.sleep(end - start)
        wall, spent = time.monotonic() - began, time.process_time() - cpu
        return before, await asyncio.to_thread(measure, self._pids), spent / wall, wall
