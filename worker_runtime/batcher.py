"""One thread owns the model; everybody else hands it items and waits."""

import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Answer = TypeVar("Answer")

URGENT = 0
"""Priority of what a client is owed."""

WHENEVER = 1
"""Priority of what may be late: served only when nothing urgent waits."""


@dataclass(order=True)
class _Waiting(Generic[Item, Answer]):
    priority: int
    order: int
    item: Item = field(compare=False)
    answer: "Future[Answer]" = field(compare=False)


class Batcher(Generic[Item, Answer]):
    """Gathers what is waiting into batches for a function that is called by one thread only.

    `run` takes a list of items and returns, in the same order, an answer or an exception for each:
    a bad item fails alone. When `run` itself raises, each item of the batch is tried singly.
    """

    def __init__(
        self,
        run: Callable[[list[Item]], Sequence[Answer | Exception]],
        *,
        max_batch: int,
        gather_s: float = 0.004,
    ) -> None:
        """Batches hold up to `max_batch` items of one priority, gathered for `gather_s` seconds."""
        self._run = run
        self._max_batch = max_batch
        self._gather_s = gather_s
        self._queue: queue.PriorityQueue[_Waiting[Item, Answer]] = queue.PriorityQueue()
        self._order = itertools.count()
        threading.Thread(target=self._serve, name="model", daemon=True).start()

    def submit(self, item: Item, priority: int = URGENT) -> "Future[Answer]":
        """Queue an item; the future's result() is its answer or raises its error.

        The queue is bounded by the worker's threads: each waits for the item it submitted.
        """
        answer: Future[Answer] = Future()
        self._queue.put(_Waiting(priority, next(self._order), item, answer))
        return answer

    def _serve(self) -> None:
        while True:
            batch = self._gather()
            answers = self._answers([waiting.item for waiting in batch])
            for waiting, answer in zip(batch, answers, strict=True):
                if isinstance(answer, Exception):
                    waiting.answer.set_exception(answer)
                else:
                    waiting.answer.set_result(answer)

    def _gather(self) -> list[_Waiting[Item, Answer]]:
        batch = [self._queue.get()]
        until = time.monotonic() + self._gather_s
        while len(batch) < self._max_batch:
            try:
                waiting = self._queue.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if waiting.priority != batch[0].priority:
                self._queue.put(waiting)
                if waiting.priority > batch[0].priority:
                    break
                # Something urgent came while less urgent items were gathered: it goes first.
                for less_urgent in batch:
                    self._queue.put(less_urgent)
                batch = [self._queue.get()]
                continue
            batch.append(waiting)
        return batch

    def _answers(self, items: list[Item]) -> Sequence[Answer | Exception]:
        try:
            return self._run(items)
        except Exception as error:  # the model's thread must outlive anything a model can raise
            if len(items) == 1:
                log.exception("the model failed on an item")
                return [error]
            log.warning("the model failed on a batch of %d, trying singly: %s", len(items), error)
            return [answer for item in items for answer in self._answers([item])]
