"""The Celery task about the texts of a recording: validate, call, answer."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

from celery import Celery

from analyzer_worker.analyzer import Text
from contract.jobs import TextsFelt, TextsOrder
from contract.names import TaskName
from contract.values import Sentiment
from worker_runtime.desk import Desk

MAX_ORDERS: Final = 2
"""In hand at once; more are handed back, so that threads stay free for live speech."""


def register(
    app: Celery, desk: Desk, feel: Callable[[Sequence[Text]], list[Sentiment]], engine: str
) -> None:
    """Add the task to a worker's app; `engine` is what its answers are signed with."""
    slots = threading.BoundedSemaphore(MAX_ORDERS)

    @app.task(name=TaskName.FEEL.value, shared=False)
    def feel_texts(payload: dict[str, Any]) -> None:
        order = TextsOrder.model_validate(payload)
        if not slots.acquire(blocking=False):
            desk.hand_back(order)
            return
        try:
            with desk.working_on_part(order):
                sentiments = feel([Text(text, order.language) for text in order.texts])
                desk.answer(order, TextsFelt(sentiments=sentiments, engine=engine))
        finally:
            slots.release()
