"""One thread owns the model; everybody else hands it items and waits."""

import heapq
import itertools
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from contract.errors import EngineError, SoriError
from worker_runtime.talk import Talk

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Answer = TypeVar("Answer")

URGENT = 0
"""Priority of what a client is owed."""

WHENEVER = 1
"""Priority of what may be late: served only when nothing urgent waits."""

LAST = 2
"""Priority of recordings: served only when nothing live waits, and seldom while people talk."""

QUIET_S = 5.0
"""So long after the last item of live speech people still count as talking."""

REST = 19
"""While people talk, what is LAST rests for so many times as long as it took: 5% of the time is
left to it. An utterance can't wait for less than the piece of a recording that is in hand."""

LONG_S = 0.5
"""What is LAST and takes longer than this rests while people talk to any worker of the stage: the
next utterance may come here, and would feel the wait. What is done sooner rests only where people
talk to this worker."""


@dataclass(order=True)
class _Waiting(Generic[Item, Answer]):
    priority: int
    order: int
    item: Item = field(compare=False)
    answer: "Future[Answer]" = field(compare=False)


class Batcher(Generic[Item, Answer]):
    """Gathers what is waiting into batches for a function that is called by one thread only.

    `run` takes a list of items and returns, in the same order, an answer or an exception for each:
    a bad item fails alone. When `run` itself raises, each item of the batch is tried singly; one
    that fails even so is answered with the SoriError it raised, or with EngineError.
    """

    def __init__(
        self,
        run: Callable[[list[Item]], Sequence[Answer | Exception]],
        *,
        max_batch: int,
        gather_s: float = 0.0,
        talk: Talk | None = None,
    ) -> None:
        """Batches hold up to `max_batch` items of one priority.

        They form by themselves while the one before runs; `gather_s` (seconds) waits for more.
        `talk`: what is known of live speech elsewhere; None: nothing.
        """
        self._run = run
        self._max_batch = max_batch
        self._gather_s = gather_s
        self._waiting: list[_Waiting[Item, Answer]] = []
        self._arrival = threading.Condition()
        self._order = itertools.count()
        self._talk = talk or Talk()
        self._took_s = 0.0
        self._rests_until = -math.inf
        threading.Thread(target=self._serve, name="model", daemon=True).start()

    def submit(self, item: Item, priority: int = URGENT) -> "Future[Answer]":
        """Queue an item; the future's result() is its answer or raises its error.

        The queue is bounded by the worker's threads: each waits for the item it submitted.
        """
        answer: Future[Answer] = Future()
        with self._arrival:
            if priority < LAST:
                self._talk.note()
            heapq.heappush(self._waiting, _Waiting(priority, next(self._order), item, answer))
            self._arrival.notify()
        return answer

    def _serve(self) -> None:
        while True:
            batch = self._gather()
            began = time.monotonic()
            answers = self._answers([waiting.item for waiting in batch])
            if batch[0].priority == LAST:
                now = time.monotonic()
                self._took_s = now - began
                self._rests_until = now + REST * self._took_s
            for waiting, answer in zip(batch, answers, strict=True):
                if isinstance(answer, Exception):
                    waiting.answer.set_exception(answer)
                else:
                    waiting.answer.set_result(answer)

    def _gather(self) -> list[_Waiting[Item, Answer]]:
        with self._arrival:
            self._arrival.wait_for(lambda: self._waiting)
            while self._waiting[0].priority == LAST and (rest := self._rest(time.monotonic())) > 0:
                self._arrival.wait(rest)
            self._arrival.wait_for(lambda: len(self._waiting) >= self._max_batch, self._gather_s)
            priority = self._waiting[0].priority
            batch: list[_Waiting[Item, Answer]] = []
            while len(batch) < self._max_batch and self._waiting:
                if self._waiting[0].priority != priority:
                    break
                batch.append(heapq.heappop(self._waiting))
            return batch

    def _rest(self, now: float) -> float:
        """How long what is LAST must wait still, seconds."""
        talked = self._talk.anywhere if self._took_s > LONG_S else self._talk.here
        return min(self._rests_until, talked + QUIET_S) - now

    def _answers(self, items: list[Item]) -> Sequence[Answer | Exception]:
        try:
            answers = self._run(items)
            if len(answers) != len(items):
                raise EngineError(f"{len(answers)} answers to {len(items)} items")
            return answers
        except Exception as error:  # the model's thread must outlive anything a model can raise
            if len(items) == 1:
                log.exception("the model failed on an item")
                return [error if isinstance(error, SoriError) else _engine_error(error)]
            log.warning("the model failed on a batch of %d, trying singly: %s", len(items), error)
            return [answer for item in items for answer in self._answers([item])]


def _engine_error(cause: Exception) -> EngineError:
    error = EngineError(f"the model failed: {cause}")
    error.__cause__ = cause
    return error
