"""A worker's dealings with Redis around a question: its recordings, its answer."""

import logging
from typing import Any

import redis
from pydantic import ValidationError

from contract.errors import AudioExpiredError, EngineError, InvalidMessageError, SoriError
from contract.speakers import Answer, Identify, Question, Register, parse_question
from diarization_worker.registry.registry import Registry
from worker_runtime.answers import put_answer, refused

log = logging.getLogger(__name__)


class Respondent:
    """Answers questions that come as the payload of a task."""

    def __init__(self, client: redis.Redis, registry: Registry) -> None:
        self._redis = client
        self._registry = registry

    def respond(self, payload: dict[str, Any]) -> None:
        """Put the answer where it is awaited; whatever goes wrong is an answer too."""
        put_answer(self._redis, payload["answer_key"], self._answer(payload["question"]))

    def _answer(self, asked: dict[str, Any]) -> Answer:
        try:
            question = parse_question(asked)
        except ValidationError as error:
            places = {".".join(map(str, item["loc"])) for item in error.errors()}
            return refused(InvalidMessageError(f"not a question: {', '.join(sorted(places))}"))
        try:
            return self._registry.answer(question, self._upload)
        except SoriError as error:
            log.info("%s refused: %s", question.op, error.code)
            return refused(error)
        except Exception:  # the one who asks must not wait for an answer that never comes
            log.exception("%s failed", question.op)
            return refused(EngineError("the worker failed; its log says why"))
        finally:
            uploads = _uploads(question)
            if uploads:
                self._redis.unlink(*uploads)

    def _upload(self, key: str) -> bytes:
        data: bytes | None = self._redis.get(key)  # type: ignore[assignment]
        if data is None:
            raise AudioExpiredError("the recording is no longer there: it waited too long")
        return data


def _uploads(question: Question) -> list[str]:
    match question:
        case Register():
            return question.uploads
        case Identify():
            return [question.upload]
        case _:
            return []
