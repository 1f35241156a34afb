"""`python -m tests.gateway_service.speakers.answering`: a worker that answers without listening.

It remembers voice prints as long as it lives, and what it was asked, in Redis under ASKED. Whose
voice a recording is stands in the recording: its bytes are a speaker's id.
"""

import json
from typing import Any, Final

import redis
from celery import Celery

from contract.errors import AudioExpiredError, SoriError, SpeakerUnknownError
from contract.names import Queue, TaskName
from contract.redis_clients import connect
from contract.settings import SharedSettings
from contract.speakers import (
    Answer,
    Candidate,
    Delete,
    Deleted,
    DrawMap,
    Export,
    Exported,
    Identified,
    Identify,
    Import,
    Imported,
    ListPrints,
    Map,
    Prints,
    Question,
    Reembed,
    Reembedded,
    Refused,
    Register,
    Registered,
    Sample,
    Show,
    StoredPrint,
    VoicePrint,
    parse_question,
)
from contract.values import EngineInfo
from contract.work import Stage
from worker_runtime.desk import Desk
from worker_runtime.main import run_worker

ASKED: Final = "test:asked"
GO: Final = "test:go"
"""A push to this list lets the speaker `slow` be answered."""

MUTE: Final = "mute"
"""Questions about this speaker are never answered."""

SLOW: Final = "slow"
BROKEN: Final = "broken"
"""Questions about this speaker are answered with something that is none."""

EMBEDDING: Final = [0.6, 0.8]


class Standin:
    """A registry whose voices say who they are."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._prints: dict[str, StoredPrint] = {}

    def answer(self, question: Question) -> Answer:
        match question:
            case Register():
                return self._register(question)
            case Identify():
                return self._identify(question)
            case ListPrints(offset=offset, limit=limit, embedding=embedding):
                names = sorted(self._prints)[offset : offset + limit]
                prints = [self._shown(name, embedding) for name in names]
                return Prints(prints=prints, total=len(self._prints))
            case Show(speaker_id=speaker_id, embedding=embedding):
                if speaker_id == SLOW:
                    self._redis.blpop([GO])
                return Prints(prints=[self._shown(speaker_id, embedding)], total=1)
            case Delete(speaker_id=speaker_id):
                self._known(speaker_id)
                del self._prints[speaker_id]
                return Deleted(speaker_id=speaker_id)
            case Export(offset=offset, limit=limit):
                names = sorted(self._prints)
                page = [self._prints[name] for name in names[offset : offset + limit]]
                return Exported(prints=page, total=len(names))
            case Import(prints=prints):
                self._prints |= {stored.speaker_id: stored for stored in prints}
                return Imported(count=len(prints))
            case Reembed():
                return Reembedded(made=0, needs_enrolment=sorted(self._prints))
            case DrawMap():
                return Map(svg="<svg xmlns='http://www.w3.org/2000/svg'/>")

    def _register(self, question: Register) -> Registered:
        voices = [self._heard(upload) for upload in question.uploads]
        speaker_id = question.speaker_id or f"anonymous-{len(self._prints)}"
        self._prints[speaker_id] = StoredPrint(
            speaker_id=speaker_id,
            name=question.name,
            encoder="stand-in/1",
            created="2026-01-01T00:00:00Z",
            updated="2026-01-01T00:00:00Z",
            samples=[Sample(embedding=EMBEDDING, speech_seconds=len(voice)) for voice in voices],
        )
        return Registered(voice_print=self._shown(speaker_id, False), quality=0.9)

    def _identify(self, question: Identify) -> Identified:
        voice = self._heard(question.upload).decode()
        score = 0.9 if voice in self._prints else 0.1
        known = score >= question.threshold
        return Identified(
            speaker_id=voice if known else None,
            known=known,
            score=score,
            candidates=[Candidate(speaker_id=voice, name=None, score=score)][: question.top_k],
        )

    def _heard(self, upload: str) -> bytes:
        data = self._redis.get(upload)
        if data is None:
            raise AudioExpiredError(f"nothing under {upload}")
        return bytes(data)  # type: ignore[arg-type]

    def _shown(self, speaker_id: str, embedding: bool) -> VoicePrint:
        stored = self._known(speaker_id)
        return VoicePrint(
            speaker_id=speaker_id,
            name=stored.name,
            samples=len(stored.samples),
            speech_seconds=sum(sample.speech_seconds for sample in stored.samples),
            encoder=stored.encoder,
            created=stored.created,
            updated=stored.updated,
            embedding=EMBEDDING if embedding else None,
        )

    def _known(self, speaker_id: str) -> StoredPrint:
        if speaker_id not in self._prints:
            raise SpeakerUnknownError(f"no voice print of {speaker_id}")
        return self._prints[speaker_id]


def main() -> None:
    settings = SharedSettings()
    client = connect(settings.redis_url)
    standin = Standin(client)

    def register(app: Celery, _desk: Desk) -> None:
        @app.task(name=TaskName.SPEAKERS.value, shared=False)
        def answer(payload: dict[str, Any]) -> None:
            client.rpush(ASKED, json.dumps(payload["question"]))
            question = parse_question(payload["question"])
            speaker_id = getattr(question, "speaker_id", None)
            if speaker_id == MUTE:
                return
            try:
                text = standin.answer(question).model_dump_json()
            except SoriError as error:
                refused = Refused(code=error.code, message=str(error), retryable=error.retryable)
                text = refused.model_dump_json()
            client.rpush(payload["answer_key"], '{"kind": 7}' if speaker_id == BROKEN else text)
            client.expire(payload["answer_key"], 60)

    run_worker(
        Stage.DIARIZATION,
        settings,
        [Queue.SPEAKERS],
        register,
        engine=EngineInfo(name="stand-in", model="1", device="cpu"),
    )


if __name__ == "__main__":
    main()
