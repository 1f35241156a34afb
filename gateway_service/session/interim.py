"""First impressions of an utterance in progress, on a lane that gives way to everything else."""

import asyncio
import time
from collections.abc import Callable
from math import inf
from typing import Final

from kombu.exceptions import OperationalError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from contract.events import Partial
from contract.names import interim_audio_key
from contract.work import Hypothesis, InterimJob
from gateway_service.session.agreement import LocalAgreement
from gateway_service.session.dispatch import INTERIM_EXPIRES_S, Dispatcher
from gateway_service.session.record import SessionRecord, Settings

INTERVAL_S: Final = 0.5
"""The shortest time between two requests."""

TOO_SLOW_S: Final = 1.0
"""An engine that takes longer has better things to do: no more of this utterance is asked for."""

LOST_AFTER_S: Final = 2 * INTERIM_EXPIRES_S
"""A request without an answer for this long was dropped on the way."""


class InterimLane:
    """At most one request in flight; after it, as long a pause as it took."""

    def __init__(
        self,
        record: SessionRecord,
        settings: Settings,
        redis: Redis,
        dispatcher: Dispatcher,
        crowded: Callable[[], bool],
    ) -> None:
        """`crowded` says whether the workers have better things to do."""
        self._record = record
        self._settings = settings
        self._redis = redis
        self._dispatcher = dispatcher
        self._crowded = crowded
        self._agreement = LocalAgreement()
        self._utterance_id = 0
        self._asked_at = 0.0
        self._in_flight = False
        self._next_at = 0.0
        self._sending: asyncio.Task[None] | None = None

    def due(self) -> bool:
        """Whether a request should be made now."""
        now = time.monotonic()
        if self._in_flight and now - self._asked_at < LOST_AFTER_S:
            return False
        return now >= self._next_at and not self._crowded()

    def ask(self, utterance_id: int, pcm: bytes) -> None:
        """Have the audio so far listened to; the answer comes to `heard`, or never."""
        if utterance_id != self._utterance_id:
            self._utterance_id = utterance_id
            self._agreement = LocalAgreement()
        self._in_flight = True
        self._asked_at = time.monotonic()
        self._next_at = self._asked_at + INTERVAL_S
        self._sending = asyncio.create_task(self._send(utterance_id, pcm))

    def heard(self, hypothesis: Hypothesis) -> Partial | None:
        """Turn an answer into what the client sees; None when it came too late."""
        if hypothesis.utterance_id != self._utterance_id or not self._in_flight:
            return None
        now = time.monotonic()
        self._in_flight = False
        took = now - self._asked_at
        self._next_at = inf if took > TOO_SLOW_S else max(self._next_at, now + took)
        agreed = self._agreement.update(hypothesis.words, hypothesis.joiner)
        if not agreed.text:
            return None
        return Partial(
            session_id=self._record.session_id,
            utterance_id=hypothesis.utterance_id,
            text=agreed.text,
            stable_chars=agreed.stable_chars,
        )

    def finish(self) -> None:
        """The utterance is over: whatever is still in flight comes too late."""
        self._utterance_id = 0
        self._in_flight = False
        self._next_at = 0.0

    async def _send(self, utterance_id: int, pcm: bytes) -> None:
        key = interim_audio_key(self._record.session_id)
        try:
            await self._redis.set(key, pcm, ex=10)
            await self._dispatcher.send_interim(
                InterimJob(
                    session_id=self._record.session_id,
                    utterance_id=utterance_id,
                    audio_key=key,
                    language=self._settings.parameters.language,
                    prompt=self._settings.prompt,
                )
            )
        except (OperationalError, RedisError):
            self._in_flight = False
