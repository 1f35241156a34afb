"""The Celery task of this stage: validate, call, publish."""

from typing import Any

from celery import Celery

from analyzer_worker.annotator import Annotator
from contract.names import TaskName
from contract.work import Attribution
from worker_runtime.desk import Desk


def register(app: Celery, desk: Desk, annotator: Annotator) -> None:
    """Add the task to a worker's app."""

    @app.task(name=TaskName.ANALYZE.value, shared=False)
    def analyze(payload: dict[str, Any]) -> None:
        attribution = Attribution.model_validate(payload)
        with desk.working_on(attribution.job):
            desk.publish(annotator.annotate(attribution))
