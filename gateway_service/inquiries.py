"""Questions of HTTP callers to the workers of one stage, and their answers."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from redis.asyncio import Redis

from contract.errors import NoWorkerError, ServerTooBusyError
from contract.model import Message
from contract.names import answer_key
from contract.work import Stage
from gateway_service.monitoring.watch import PipelineWatch

MAX_WAITING: Final = 64
"""Questions that wait for their answers at once; one more is refused."""

MAX_ASKED: Final = 8
"""How many of these are before the workers: half of a worker has its threads for live speech."""

QuestionT = TypeVar("QuestionT", bound=Message)


class Inquiries(Generic[QuestionT]):
    """Questions go out as tasks; each answer comes back in Redis, under a key of its own."""

    def __init__(
        self,
        redis: Redis,
        watch: PipelineWatch,
        stage: Stage,
        subject: str,
        publish: Callable[[QuestionT, str, float], Awaitable[None]],
        patience: float,
    ) -> None:
        """`publish` takes a question, its answer's key, and after how long (s) it is void.

        `subject`: what the questions are about; `patience`: how long one may take, seconds.
        """
        self._redis = redis
        self._watch = watch
        self._stage = stage
        self._subject = subject
        self._publish = publish
        self._patience = patience
        self._waiting = 0
        self._asked = asyncio.Semaphore(MAX_ASKED)

    async def ask(self, question: QuestionT) -> bytes | str:
        """The answer as it came.

        Raises NoWorkerError where nobody says anything, and ServerTooBusyError where too many ask.
        """
        if not self._watch.workers(self._stage):
            raise NoWorkerError(f"no {self._stage.value} worker is alive")
        if self._waiting >= MAX_WAITING:
            raise ServerTooBusyError(f"{MAX_WAITING} questions about {self._subject} wait already")
        self._waiting += 1
        try:
            async with self._asked:
                return await self._answer(question)
        finally:
            self._waiting -= 1

    async def _answer(self, question: QuestionT) -> bytes | str:
        key = answer_key(secrets.token_hex(16))
        await self._publish(question, key, self._patience)
        popped = await self._redis.blpop([key], timeout=self._patience)
        if popped is None:
            raise NoWorkerError(f"no worker answered within {self._patience:g} s")
        return popped[1]
