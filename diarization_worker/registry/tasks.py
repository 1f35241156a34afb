"""The Celery tasks about registered voices: validate, call, hand on."""

from typing import Any

from celery import Celery

from contract.names import TaskName
from contract.work import RecallJob
from diarization_worker.live.voice_store import VoiceStore
from diarization_worker.models import VoiceModels
from diarization_worker.registry.answering import Respondent
from diarization_worker.registry.recall import recall
from diarization_worker.registry.registry import Registry
from worker_runtime.desk import Desk


def register(
    app: Celery,
    desk: Desk,
    respondent: Respondent,
    registry: Registry,
    voices: VoiceStore,
    models: VoiceModels,
) -> None:
    """Add the tasks to a worker's app."""

    @app.task(name=TaskName.SPEAKERS.value, shared=False)
    def answer(payload: dict[str, Any]) -> None:
        respondent.respond(payload)

    @app.task(name=TaskName.RECALL.value, shared=False)
    def recall_voices(payload: dict[str, Any]) -> None:
        job = RecallJob.model_validate(payload)
        with desk.working_on(job):
            desk.publish(recall(job, registry, voices, models))
