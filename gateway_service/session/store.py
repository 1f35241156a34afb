"""Sessions in Redis: begun, taken over, added to; each write only by whoever holds the session."""

import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Final

from redis.asyncio import Redis

from contract.errors import SessionGoneError
from contract.event_log import check_owner
from contract.names import (
    ACTIVE_SESSIONS,
    lease_key,
    ledger_key,
    session_key,
    session_keys,
)
from contract.work import AnyJob, AudioJob, parse_job
from gateway_service.session.record import (
    SessionRecord,
    Settings,
    State,
    read_record,
    settings_fields,
)

RESUME_WINDOW_S: Final = 600
"""How long a session waits for its client to come back."""

KEEP_S: Final = RESUME_WINDOW_S + 300
"""How long its keys last without a gateway's touch: the listener closes its books in between."""

_TAKE_OVER = """
if redis.call('HGET', KEYS[1], 'resume_token') ~= ARGV[1] then return {} end
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
return redis.call('HGETALL', KEYS[1])
"""

# Commits fields of the session and, with them, the job they account for.
_COMMIT = """
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then return 'gone' end
if epoch ~= ARGV[1] then return 'taken over' end
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
  redis.call('PEXPIRE', KEYS[2], redis.call('PTTL', KEYS[1]))
end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
return 'ok'
"""


class SessionStore:
    """Reads and writes the records of sessions."""

    def __init__(self, redis: Redis, audio_ttl: int) -> None:
        self._redis = redis
        self._audio_ttl = audio_ttl
        self._take_over = redis.register_script(_TAKE_OVER)
        self._commit = redis.register_script(_COMMIT)

    async def begin(self, settings: Settings) -> tuple[SessionRecord, str]:
        """A new session and its resume token, which nobody can guess."""
        session_id, token = secrets.token_hex(8), secrets.token_urlsafe(24)
        fields: dict[str, str | int] = {
            "epoch": 1,
            "state": State.IDLE.value,
            "resume_token": token,
            **settings_fields(settings),
        }
        async with self._redis.pipeline() as pipe:
            pipe.hset(session_key(session_id), mapping=fields)  # type: ignore[arg-type]  # invariant dict
            pipe.expire(session_key(session_id), KEEP_S)
            pipe.zadd(ACTIVE_SESSIONS, {session_id: time.time()})
            await pipe.execute()
        return read_record(session_id, {name: str(value) for name, value in fields.items()}), token

    async def take_over(self, session_id: str, token: str) -> SessionRecord:
        """Go on with a session here; raises SessionGoneError, without a hint at what was wrong."""
        answer = await self._take_over(keys=[session_key(session_id)], args=[token])
        if not answer:
            raise SessionGoneError(f"session {session_id} is unknown or expired")
        texts = [item.decode() for item in answer]
        record = read_record(session_id, dict(zip(texts[::2], texts[1::2], strict=True)))
        if record.state is not State.ENDED:
            await self.touch([session_id])
        return record

    async def commit(
        self,
        record: SessionRecord,
        fields: Mapping[str, str | int],
        job: AnyJob | None = None,
        pcm: bytes = b"",
    ) -> None:
        """Set fields of the session and, in the same step, note the job that is now owed.

        Raises SessionTakenOverError or SessionGoneError, and then nothing was written.
        """
        entry = ["", ""]
        if isinstance(job, AudioJob):
            await self._redis.set(job.audio_key, pcm, ex=self._audio_ttl)
        if job is not None:
            entry = [str(job.utterance_id), job.model_dump_json()]
        flat = [str(part) for pair in fields.items() for part in pair]
        answer = await self._commit(
            keys=[session_key(record.session_id), ledger_key(record.session_id)],
            args=[record.epoch, *entry, *flat],
        )
        check_owner(answer, record.session_id)

    async def settled(self, session_id: str) -> int:
        """All utterances up to this one are answered."""
        return int(await self._redis.hget(session_key(session_id), "settled") or 0)

    async def owed(self, session_id: str) -> list[AnyJob]:
        """The jobs whose outcome has not come yet."""
        entries = await self._redis.hvals(ledger_key(session_id))
        return [parse_job(entry) for entry in entries]

    async def whereabouts(self, session_id: str, utterance_id: int) -> tuple[bool, bool]:
        """Whether a job's outcome is still to come, and whether a worker has it in hand."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hexists(ledger_key(session_id), str(utterance_id))
            pipe.exists(lease_key(session_id, utterance_id))
            owed, leased = await pipe.execute()
        return bool(owed), bool(leased)

    async def touch(self, session_ids: Iterable[str]) -> None:
        """Keep sessions alive; called every half minute for all that are connected."""
        now = time.time()
        async with self._redis.pipeline(transaction=False) as pipe:
            for session_id in session_ids:
                pipe.zadd(ACTIVE_SESSIONS, {session_id: now})
                for key in session_keys(session_id):
                    pipe.expire(key, KEEP_S)
            await pipe.execute()

    async def end(self, session_id: str) -> None:
        """Take an ended session off the list of those alive; its events stay for a late reader."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zrem(ACTIVE_SESSIONS, session_id)
            for key in session_keys(session_id):
                pipe.expire(key, KEEP_S)
            await pipe.execute()
