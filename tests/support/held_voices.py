"""`python -m tests.support.held_voices`: a diarization worker that registers voices when told to.

An enrolment or a recall is answered once something is pushed to GO. An utterance is said to be of
the speaker that was registered last in its session, as of when a worker comes to it.
"""

from typing import Any, Final

import redis
from celery import Celery

from contract.names import Queue, TaskName
from contract.settings import SharedSettings
from contract.values import EngineInfo
from contract.work import (
    Attribution,
    Enrolled,
    EnrolmentJob,
    Recalled,
    RecalledVoice,
    RecallJob,
    Segment,
    Stage,
    Transcript,
)
from worker_runtime.desk import Desk
from worker_runtime.main import run_worker

GO: Final = "test:go"
BEGUN: Final = "test:begun"
"""List: what was begun, as the kind of work and its utterance_id."""


def known_key(session_id: str) -> str:
    """String: the speaker registered last."""
    return f"test:known:{session_id}"


def main() -> None:
    settings = SharedSettings()
    client = redis.Redis.from_url(settings.redis_url)

    def register(app: Celery, desk: Desk) -> None:
        @app.task(name=TaskName.ENROL.value, shared=False)
        def enrol(payload: dict[str, Any]) -> None:
            job = EnrolmentJob.model_validate(payload)
            with desk.working_on(job):
                _begin("enrol", job.utterance_id)
                client.set(known_key(job.session_id), job.name or "")
                desk.publish(Enrolled(job=job, quality=0.9))

        @app.task(name=TaskName.RECALL.value, shared=False)
        def recall(payload: dict[str, Any]) -> None:
            job = RecallJob.model_validate(payload)
            with desk.working_on(job):
                _begin("recall", job.utterance_id)
                client.set(known_key(job.session_id), job.speakers[-1])
                voices = [
                    RecalledVoice(speaker_id=n, name=name, speech_seconds=5, quality=0.9)
                    for n, name in enumerate(job.speakers)
                ]
                desk.publish(Recalled(job=job, voices=voices))

        @app.task(name=TaskName.ATTRIBUTE.value, shared=False)
        def attribute(payload: dict[str, Any]) -> dict[str, Any]:
            transcript = Transcript.model_validate(payload)
            job = transcript.job
            with desk.working_on(job):
                client.rpush(BEGUN, f"attribute {job.utterance_id}")
                name = client.get(known_key(job.session_id))
                segment = Segment(
                    segment_id=f"{job.utterance_id}.0",
                    speaker_id=0 if name else None,
                    speaker=name.decode() if isinstance(name, bytes) else None,
                    text=transcript.text,
                    start=job.start,
                    end=job.end,
                    words=transcript.words,
                )
                marks = {**job.marks, Stage.DIARIZATION.value: max(job.marks.values())}
                return Attribution(
                    job=job.model_copy(update={"marks": marks}),
                    segments=[segment],
                    language=transcript.language,
                    confidence=transcript.confidence,
                ).model_dump(mode="json")

        def _begin(kind: str, utterance_id: int) -> None:
            client.rpush(BEGUN, f"{kind} {utterance_id}")
            client.blpop([GO])

    run_worker(
        Stage.DIARIZATION,
        settings,
        [Queue.DIARIZATION],
        register,
        engine=EngineInfo(name="held", model="1", device="cpu"),
    )


if __name__ == "__main__":
    main()
