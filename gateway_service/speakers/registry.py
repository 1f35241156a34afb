"""The registry of voice prints, as the gateway reaches it: it asks a diarization worker."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from redis.asyncio import Redis

from contract.errors import SoriError
from contract.names import upload_key
from contract.speakers import Question, Refused, RefusedError, parse_answer
from contract.work import Stage
from gateway_service.inquiries import Inquiries
from gateway_service.monitoring.watch import PipelineWatch
from gateway_service.session.dispatch import Dispatcher

UPLOAD_TTL_S: Final = 60
"""A recording is deleted when its question is answered, and by Redis if nobody lives to do it."""

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class Registry:
    """Asks about the voice prints that the diarization workers keep."""

    def __init__(
        self, redis: Redis, dispatcher: Dispatcher, watch: PipelineWatch, patience: float
    ) -> None:
        """`patience`: how long a question may take, seconds."""
        self._redis = redis
        self._inquiries: Inquiries[Question] = Inquiries(
            redis, watch, Stage.DIARIZATION, "speakers", dispatcher.ask, patience
        )

    async def ask(self, question: Question, kind: type[AnswerT]) -> AnswerT:
        """The answer, which is of one kind.

        Raises RefusedError where the worker says no, NoWorkerError where none says anything, and
        ServerTooBusyError where too many ask.
        """
        data = await self._inquiries.ask(question)
        try:
            answer = parse_answer(data)
        except ValidationError:  # its text shows what it is about: an embedding, perhaps
            raise SoriError(f"{question.op}: a worker's answer can't be read") from None
        if isinstance(answer, Refused):
            raise RefusedError(answer)
        if not isinstance(answer, kind):
            raise SoriError(f"{question.op}: a worker of another version answered {answer.kind}")
        return answer

    @asynccontextmanager
    async def uploaded(self, recordings: Sequence[bytes]) -> AsyncIterator[list[str]]:
        """Have recordings in Redis, where workers find them under the keys that this gives."""
        request_id = secrets.token_hex(16)
        keys = [upload_key(request_id, number) for number in range(len(recordings))]
        try:
            for key, recording in zip(keys, recordings, strict=True):
                await self._redis.set(key, recording, ex=UPLOAD_TTL_S)
            yield keys
        finally:
            await self._redis.unlink(*keys)
