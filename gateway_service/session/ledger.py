"""What this session's client is still owed, and the patience with which it is fetched.

Work can vanish: a worker is killed, Redis restarts, a message is lost between two stages. The
ledger notices that nobody has a job in hand, and sends it again. Sending it once too often is
harmless: a worker passes over what is answered or in other hands, and the listener drops doubles.

Any worker may take any job, so what must come first is answered first: while a job about voices
(an enrolment, a recall) is owed, nothing after it is sent. Speech is then told by the voices that
were registered before it, and a voice registered twice is the later one. It costs next to nothing:
an enrolment takes 0.2 s, an utterance needs longer to be spoken.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Final

from kombu.exceptions import OperationalError

from contract.errors import OverloadedError
from contract.work import CUT, AnyJob, SpeechJob
from gateway_service.session.dispatch import Dispatcher
from gateway_service.session.store import SessionStore

log = logging.getLogger(__name__)

PATIENCE_S: Final = 4.0
"""A job that no worker has had in hand for this long is sent again; each time it waits twice as
long, since it may just be far back in a long queue."""

MOST_PATIENCE_S: Final = 32.0

CHECK_S: Final = 1.0

MOST_OWED: Final = 100
"""A session with more utterances under way is not read from until some are answered."""

ROOM_PATIENCE_S: Final = 20.0
"""While it is not read from, nobody would notice that its client has gone: so not for longer."""


@dataclass(slots=True)
class _Owed:
    job: AnyJob
    since: float
    last_seen: float
    patience: float = PATIENCE_S
    sent: bool = False
    """False: it waits for a job about voices."""
    given_up: bool = False


class Ledger:
    """The jobs of one session that are under way, mirrored from its ledger in Redis."""

    def __init__(
        self, session_id: str, store: SessionStore, dispatcher: Dispatcher, give_up_after: float
    ) -> None:
        """After `give_up_after` seconds without an answer a job comes out of `next_expired`."""
        self._session_id = session_id
        self._store = store
        self._dispatcher = dispatcher
        self._give_up_after = give_up_after
        self._owed: dict[int, _Owed] = {}
        self._answered = asyncio.Event()

    def __len__(self) -> int:
        return len(self._owed)

    async def load(self) -> None:
        """Take over what another gateway had under way."""
        now = time.monotonic()
        for job in await self._store.owed(self._session_id):
            self._owed[job.utterance_id] = _Owed(job, _began(job), now - PATIENCE_S)
        free = self._free()
        for owed in self._owed.values():  # what waits here may have been sent already: no matter
            owed.sent = owed.job.utterance_id <= free

    async def wait_for_room(self) -> None:
        """Hold up whoever brings more work than MOST_OWED; the client is held up with it.

        Raises OverloadedError after ROOM_PATIENCE_S, for the client to come back later.
        """
        try:
            async with asyncio.timeout(ROOM_PATIENCE_S):
                while len(self._owed) >= MOST_OWED:
                    self._answered.clear()
                    await self._answered.wait()
        except TimeoutError as error:
            raise OverloadedError("too much is waiting; nothing is lost, resume later") from error

    async def send(self, job: AnyJob) -> None:
        """Remember a committed job, and set it on its way as soon as that may be."""
        self._owed[job.utterance_id] = _Owed(job, _began(job), time.monotonic())
        await self._send_free()

    def oldest_age(self) -> float:
        """How long the client has waited for the oldest answer, seconds."""
        since = min((owed.since for owed in self._owed.values()), default=None)
        return 0.0 if since is None else time.time() - since

    async def settle(self, up_to: int) -> bool:
        """Forget what has been answered, and send what waited for it; whether there was any."""
        answered = [utterance_id for utterance_id in self._owed if utterance_id <= up_to]
        await self._forget(answered)
        return bool(answered)

    async def next_expired(self) -> AnyJob:
        """Watch over what is owed until something has to be given up, and return that."""
        while True:
            await asyncio.sleep(CHECK_S)
            for owed in list(self._owed.values()):
                if time.monotonic() - owed.last_seen < owed.patience:
                    continue
                if await self._check(owed):
                    return owed.job

    async def _check(self, owed: _Owed) -> bool:
        utterance_id = owed.job.utterance_id
        still_owed, in_hand = await self._store.whereabouts(self._session_id, utterance_id)
        now = time.monotonic()
        if not still_owed:
            await self._forget([utterance_id])
        elif owed.given_up:
            owed.last_seen = now
        elif time.time() - owed.since > self._give_up_after:
            owed.given_up = True
            return True
        elif not owed.sent:
            owed.last_seen = now
        elif in_hand:
            owed.last_seen = now - owed.patience + CHECK_S
        else:
            log.info("utterance %d has long been in nobody's hands: sent again", utterance_id)
            owed.last_seen = now
            owed.patience = min(MOST_PATIENCE_S, 2 * owed.patience)
            await self._dispatch(owed.job)
        return False

    async def _forget(self, utterance_ids: Iterable[int]) -> None:
        for utterance_id in utterance_ids:
            self._owed.pop(utterance_id, None)
        self._answered.set()
        await self._send_free()

    async def _send_free(self) -> None:
        free = self._free()
        for owed in list(self._owed.values()):
            if not owed.sent and owed.job.utterance_id <= free:
                owed.sent = True
                owed.last_seen = time.monotonic()
                await self._dispatch(owed.job)

    def _free(self) -> float:
        """Up to which utterance jobs may be sent: the first one about voices."""
        voices = (id_ for id_, o in self._owed.items() if not isinstance(o.job, SpeechJob))
        return min(voices, default=inf)

    async def _dispatch(self, job: AnyJob) -> None:
        try:
            await self._dispatcher.send(job)
        except OperationalError as error:
            log.warning(
                "utterance %d could not be sent, will be later: %s", job.utterance_id, error
            )


def _began(job: AnyJob) -> float:
    """Since when the client waits, seconds since the epoch, whichever gateway it was."""
    return job.marks[CUT] if isinstance(job, SpeechJob) else time.time()
