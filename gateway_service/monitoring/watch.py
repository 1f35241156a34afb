"""The gateway's eye on the pipeline: who works, and how much is waiting."""

import asyncio
import logging
import time
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from contract.heartbeats import Heartbeat, living
from contract.names import MEDIA, ROLES, TCP, Queue, workers_key
from contract.values import EngineInfo, Engines
from contract.work import Stage

log = logging.getLogger(__name__)

LOOK_S: Final = 0.5

CROWDED_FINAL: Final = 4
"""Utterances waiting for a transcription above which interim text is shed."""

CROWDED_INTERIM: Final = 16

DESERTED_S: Final = 15.0
"""A role that nobody fills for longer has no workers; one that is restarted is back before."""

WATCHED: Final = (*ROLES, MEDIA)
"""Those whom live speech needs, and those whom recordings need."""

_ROLES: Final = (*WATCHED, TCP)


class PipelineWatch:
    """Looks twice a second, so that nobody has to ask Redis on the way of an utterance."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._living: dict[str, list[Heartbeat]] = {}
        self._depths: dict[Queue, int] = {}
        self._redis_answers = False
        self._seen = dict.fromkeys(_ROLES, time.monotonic())

    @property
    def redis_answers(self) -> bool:
        """Whether Redis answered the last time."""
        return self._redis_answers

    @property
    def ready(self) -> bool:
        """Whether Redis answers, a listener is there, and each stage has a worker."""
        return self._redis_answers and not self.missing()

    def workers(self, role: str) -> list[Heartbeat]:
        """The heartbeats of those alive in a role: one of WATCHED, or TCP."""
        return self._living.get(role, [])

    def deserted(self, role: str) -> bool:
        """Whether nobody was seen in a role, one of WATCHED, for a while."""
        return time.monotonic() - self._seen[role] > DESERTED_S

    def missing(self) -> list[str]:
        """The roles nobody fills."""
        return [role for role in ROLES if not self.workers(role)]

    def crowded(self) -> bool:
        """Whether so much waits that interim text should stand back."""
        return (
            self._depths.get(Queue.STT, 0) > CROWDED_FINAL
            or self._depths.get(Queue.STT_INTERIM, 0) > CROWDED_INTERIM
        )

    def engines(self) -> Engines:
        """What does the work of each stage."""
        return Engines(
            stt=self._engine(Stage.STT),
            diarization=self._engine(Stage.DIARIZATION),
            sentiment=self._engine(Stage.SENTIMENT),
        )

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except (RedisError, OSError) as error:
                if self._redis_answers:
                    log.warning("Redis does not answer: %s", error)
                self._redis_answers = False
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Look once."""
        async with asyncio.timeout(2), self._redis.pipeline(transaction=False) as pipe:
            for role in _ROLES:
                pipe.hgetall(workers_key(role))
            for queue in Queue:
                pipe.llen(queue.value)
            answers = await pipe.execute()
        now = time.time()
        for role, entries in zip(_ROLES, answers, strict=False):
            self._living[role] = living(entries, now)
            if self._living[role]:
                self._seen[role] = time.monotonic()
        self._depths = dict(zip(Queue, answers[len(_ROLES) :], strict=True))
        self._redis_answers = True

    def _engine(self, stage: Stage) -> EngineInfo | None:
        return next((beat.engine for beat in self.workers(stage) if beat.engine), None)
