"""The Celery tasks of this stage: validate, call, publish."""

import logging
from typing import Any

import redis
from celery import Celery
from pydantic import ValidationError

from analyzer_worker.annotator import Annotator
from contract.client_messages import describe
from contract.errors import EngineError, InvalidMessageError
from contract.names import TaskName
from contract.sentiment import Judged, JudgeTexts
from contract.speakers import Refused
from contract.work import Attribution
from worker_runtime.answers import put_answer, refused
from worker_runtime.desk import Desk

log = logging.getLogger(__name__)


def register(app: Celery, desk: Desk, annotator: Annotator, client: redis.Redis) -> None:
    """Add the tasks to a worker's app."""

    @app.task(name=TaskName.ANALYZE.value, shared=False)
    def analyze(payload: dict[str, Any]) -> None:
        attribution = Attribution.model_validate(payload)
        with desk.working_on(attribution.job):
            desk.publish(annotator.annotate(attribution))

    @app.task(name=TaskName.JUDGE.value, shared=False)
    def judge(payload: dict[str, Any]) -> None:
        put_answer(client, payload["answer_key"], _judgement(annotator, payload["question"]))


def _judgement(annotator: Annotator, asked: dict[str, Any]) -> Judged | Refused:
    try:
        return annotator.judge(JudgeTexts.model_validate(asked))
    except ValidationError as error:
        return refused(InvalidMessageError(describe(error, "question")))
    except EngineError as error:
        log.warning("texts could not be judged: %s", error)
        return refused(error)
