"""The Celery tasks of this stage: validate, call, hand on."""

from typing import Any

from celery import Celery

from contract.names import TaskName
from contract.work import EnrolmentJob, Transcript
from diarization_worker.live.diarizer import Diarizer
from worker_runtime.desk import Desk


def register(app: Celery, desk: Desk, diarizer: Diarizer) -> None:
    """Add the tasks to a worker's app."""

    @app.task(name=TaskName.ATTRIBUTE.value, shared=False)
    def attribute(payload: dict[str, Any]) -> dict[str, Any]:
        transcript = Transcript.model_validate(payload)
        with desk.working_on(transcript.job):
            return diarizer.attribute(transcript).model_dump(mode="json")

    @app.task(name=TaskName.ENROL.value, shared=False)
    def enrol(payload: dict[str, Any]) -> None:
        job = EnrolmentJob.model_validate(payload)
        with desk.working_on(job):
            desk.publish(diarizer.enrol(job))
