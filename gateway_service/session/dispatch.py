"""Sends work to the workers: Celery messages by task name, off the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from celery import Celery

from contract.names import Queue, TaskName
from contract.sentiment import JudgeTexts
from contract.speakers import Question
from contract.work import AnyJob, EnrolmentJob, InterimJob, RecallJob, SpeechJob

# What follows the first task of an utterance, last one first, as Celery pops it.
_REST_OF_THE_WAY = (
    (TaskName.ANALYZE, Queue.ANALYZER),
    (TaskName.ATTRIBUTE, Queue.DIARIZATION),
)

INTERIM_EXPIRES_S = 2.0
"""Interim text that waited longer is not worth having."""


class Dispatcher:
    """Publishes tasks. One that is lost on the way is the ledger's business, not this one's."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery
        # One: four only fight over the interpreter (overhead p95 at 100 sessions: 61 ms; one: 46).
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dispatch")

    async def send(self, job: AnyJob) -> None:
        """Set a job on its way; raises kombu.exceptions.OperationalError while Redis is away."""
        body = job.model_dump(mode="json")
        match job:
            case EnrolmentJob():
                await self._publish(TaskName.ENROL, Queue.DIARIZATION, body)
            case RecallJob():
                await self._publish(TaskName.RECALL, Queue.DIARIZATION, body)
            case SpeechJob():
                rest = [
                    self._celery.signature(task.value, options={"queue": queue.value})
                    for task, queue in _REST_OF_THE_WAY
                ]
                await self._publish(TaskName.TRANSCRIBE, Queue.STT, body, chain=rest)

    async def send_interim(self, job: InterimJob) -> None:
        """Ask for the text of an utterance in progress."""
        await self._publish(
            TaskName.TRANSCRIBE_INTERIM,
            Queue.STT_INTERIM,
            job.model_dump(mode="json"),
            expires=INTERIM_EXPIRES_S,
        )

    async def ask(self, question: Question, answer_key: str, patience: float) -> None:
        """Ask something about the registry of voice prints; after `patience` (s) it is void."""
        body = {"answer_key": answer_key, "question": question.model_dump(mode="json")}
        await self._publish(TaskName.SPEAKERS, Queue.SPEAKERS, body, expires=patience)

    async def ask_sentiment(self, question: JudgeTexts, answer_key: str, patience: float) -> None:
        """Ask how texts feel; after `patience` (s) it is void."""
        body = {"answer_key": answer_key, "question": question.model_dump(mode="json")}
        await self._publish(TaskName.JUDGE, Queue.TEXTS, body, expires=patience)

    def close(self) -> None:
        """Stop the threads; what they have in hand is finished."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _publish(
        self, task: TaskName, queue: Queue, body: dict[str, Any], **options: Any
    ) -> None:
        def publish() -> None:
            self._celery.send_task(task.value, args=[body], queue=queue.value, **options)

        await asyncio.get_running_loop().run_in_executor(self._threads, publish)
