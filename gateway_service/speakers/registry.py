"""The registry of voice prints, as the gateway reaches it: it asks a diarization worker."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from redis.asyncio import Redis

from contract.errors import NoWorkerError, ServerTooBusyError, SoriError
from contract.names import answer_key, upload_key
from contract.speakers import Question, Refused, RefusedError, parse_answer
from contract.work import Stage
from gateway_service.monitoring.watch import PipelineWatch
from gateway_service.session.dispatch import Dispatcher

MAX_WAITING: Final = 64
"""Questions that wait for their answers at once; one more is refused."""

MAX_ASKED: Final = 8
"""How many of these are before the workers: half of a worker has its threads for live speech."""

UPLOAD_TTL_S: Final = 60
"""A recording is deleted when its question is answered, and by Redis if nobody lives to do it."""

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class Registry:
    """Questions go out as tasks; each answer comes back in Redis, under a key of its own."""

    def __init__(
        self, redis: Redis, dispatcher: Dispatcher, watch: PipelineWatch, patience: float
    ) -> None:
        """`patience`: how long a question may take, seconds."""
        self._redis = redis
        self._dispatcher = dispatcher
        self._watch = watch
        self._patience = patience
        self._waiting = 0
        self._asked = asyncio.Semaphore(MAX_ASKED)

    async def ask(self, question: Question, kind: type[AnswerT]) -> AnswerT:
        """The answer, which is of one kind.

        Raises RefusedError where the worker says no, NoWorkerError where none says anything, and
        ServerTooBusyError where too many ask.
        """
        if not self._watch.workers(Stage.DIARIZATION):
            raise NoWorkerError("no diarization worker is alive")
        if self._waiting >= MAX_WAITING:
            raise ServerTooBusyError(f"{MAX_WAITING} questions about speakers wait already")
        self._waiting += 1
        try:
            async with self._asked:
                data = await self._answer(question)
        finally:
            self._waiting -= 1
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

    async def _answer(self, question: Question) -> bytes | str:
        key = answer_key(secrets.token_hex(16))
        await self._dispatcher.ask(question, key, self._patience)
        popped = await self._redis.blpop([key], timeout=self._patience)
        if popped is None:
            raise NoWorkerError(f"no worker answered within {self._patience:g} s")
        return popped[1]
