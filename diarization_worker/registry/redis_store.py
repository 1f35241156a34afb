"""Voice prints in Redis, where any number of workers may change them at once.

A print is a hash of its own: `print` (JSON; the embeddings as base64), `audio` (JSON list of
base64, where samples are kept) and `revision`, a random word that each write changes. A sorted set
has all ids by the version at which they last changed, so that workers read only what is new to
them. Versions are microseconds since the epoch that never repeat or go back: they stay true when
Redis loses its data and gets it back from elsewhere.
"""

import base64
import secrets
from collections.abc import Callable, Collection, Sequence
from typing import Final

import numpy as np
import redis
from pydantic import TypeAdapter, ValidationError

from contract.errors import EngineError
from contract.model import Message
from contract.names import PRINTS, PRINTS_VERSION, print_key
from diarization_worker.registry.prints import Print, Recording
from diarization_worker.registry.store import Changes

PAGE: Final = 500
"""Prints read in one go."""

_CHANGED = """
local function changed(id)
  local time = redis.call('TIME')
  local before = tonumber(redis.call('GET', KEYS[1]) or '0')
  local version = math.max(before + 1, time[1] * 1000000 + time[2])
  redis.call('SET', KEYS[1], string.format('%.0f', version))
  return string.format('%.0f', version)
end
"""

# Answers 0 where the print is no longer as it was read. That it has the new revision already means
# that this ran before, and Redis went away between doing and answering.
_WRITE = (
    _CHANGED
    + """
local revision = redis.call('HGET', KEYS[3], 'revision') or ''
if revision == ARGV[3] then return 1 end
if ARGV[2] ~= '*' and revision ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[3], 'revision', ARGV[3], 'print', ARGV[4])
if ARGV[5] ~= '' then redis.call('HSET', KEYS[3], 'audio', ARGV[5]) end
redis.call('ZADD', KEYS[2], changed(), ARGV[1])
return 1
"""
)
_WHATEVER = "*"

_DELETE = (
    _CHANGED
    + """
redis.call('ZREM', KEYS[2], ARGV[1])
if redis.call('DEL', KEYS[3]) == 0 then return 0 end
changed()
return 1
"""
)

# The version, how many prints there are, and the ids of those that changed since ARGV[1].
_NEWS = """
local version = redis.call('GET', KEYS[1]) or '0'
if version == ARGV[1] then return {version, 0, {}} end
local since = '(' .. ARGV[1]
if tonumber(version) < tonumber(ARGV[1]) then since = '-inf' end
return {version, redis.call('ZCARD', KEYS[2]), redis.call('ZRANGEBYSCORE', KEYS[2], since, '+inf')}
"""


class _Stored(Message):
    name: str | None
    encoder: str
    created: str
    updated: str
    embeddings: str
    seconds: list[float]


_audio: TypeAdapter[list[str | None]] = TypeAdapter(list[str | None])


class RedisPrintStore:
    """A PrintStore for all workers of one Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._write = client.register_script(_WRITE)
        self._delete = client.register_script(_DELETE)
        self._news = client.register_script(_NEWS)

    def changes(self, version: int, known: Collection[str]) -> Changes:
        """One round trip to Redis where nothing happened."""
        answer = self._news([PRINTS_VERSION, PRINTS], [version])
        now, count = int(answer[0]), int(answer[1])
        if now == version:
            return Changes(now)
        changed = [speaker_id.decode() for speaker_id in answer[2]]
        ids = None
        if len(known) + sum(speaker_id not in known for speaker_id in changed) != count:
            members: list[bytes] = self._redis.zrange(PRINTS, 0, -1)  # type: ignore[assignment]
            ids = frozenset(member.decode() for member in members)
        return Changes(now, tuple(self._prints(changed)), ids)

    def read(self, speaker_id: str) -> Print | None:
        """A round trip to Redis."""
        found = self._found(speaker_id)
        return found[0] if found else None

    def update(self, speaker_id: str, change: Callable[[Print | None], Print]) -> Print:
        """Two round trips, and again for each time that somebody was faster."""
        while True:
            before, revision = self._found(speaker_id) or (None, "")
            after = change(before)
            if self._write(*_arguments(after, revision)):
                return after

    def write(self, prints: Sequence[Print]) -> None:
        """All of them or, where Redis goes away, none."""
        with self._redis.pipeline(transaction=True) as pipe:
            for voice_print in prints:
                self._write(*_arguments(voice_print, _WHATEVER), client=pipe)
            pipe.execute()

    def delete(self, speaker_id: str) -> bool:
        """In Redis's memory at once; its log on disk is rewritten without the print."""
        gone = bool(self._delete(_keys(speaker_id), [speaker_id]))
        if gone:
            self._forget_on_disk()
        return gone

    def _forget_on_disk(self) -> None:
        """Begin to rewrite the append-only file, which else holds what was deleted for long."""
        state: dict[str, int] = self._redis.info("persistence")
        if state.get("aof_enabled"):
            try:
                self._redis.bgrewriteaof()
            except redis.ResponseError:
                return  # one is under way, or this Redis allows none: its next rewrite will do

    def _found(self, speaker_id: str) -> tuple[Print, str] | None:
        fields: dict[bytes, bytes] = self._redis.hgetall(print_key(speaker_id))  # type: ignore[assignment]
        if not fields:
            return None
        audio = _audio.validate_json(fields.get(b"audio", b"[]"))
        return _decode(speaker_id, fields[b"print"], audio), fields[b"revision"].decode()

    def _prints(self, ids: Sequence[str]) -> list[Print]:
        prints = []
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            with self._redis.pipeline(transaction=False) as pipe:
                for speaker_id in page:
                    pipe.hget(print_key(speaker_id), "print")
                found = pipe.execute()
            prints += [
                _decode(speaker_id, data)
                for speaker_id, data in zip(page, found, strict=True)
                if data is not None  # deleted just now
            ]
        return prints


def _keys(speaker_id: str) -> list[str]:
    return [PRINTS_VERSION, PRINTS, print_key(speaker_id)]


def _arguments(voice_print: Print, revision: str) -> tuple[list[str], list[str | bytes]]:
    recordings = voice_print.recordings
    stored = _Stored(
        name=voice_print.name,
        encoder=voice_print.encoder,
        created=voice_print.created,
        updated=voice_print.updated,
        embeddings=base64.b64encode(
            np.array([r.embedding for r in recordings]).astype("<f4").tobytes()
        ).decode(),
        seconds=[recording.seconds for recording in recordings],
    )
    audio: str | bytes = ""
    if any(r.audio for r in recordings):
        audio = _audio.dump_json(
            [base64.b64encode(r.audio).decode() if r.audio else None for r in recordings]
        )
    speaker_id = voice_print.speaker_id
    new_revision = secrets.token_hex(8)
    arguments = [speaker_id, revision, new_revision, stored.model_dump_json(), audio]
    return _keys(speaker_id), arguments


def _decode(speaker_id: str, data: bytes, audio: Sequence[str | None] = ()) -> Print:
    try:
        stored = _Stored.model_validate_json(data)
        vectors = np.frombuffer(base64.b64decode(stored.embeddings), "<f4")
        vectors = vectors.reshape(len(stored.seconds), -1)
    except (ValidationError, ValueError):  # whose texts would show the embedding
        raise EngineError(f"the voice print of {speaker_id} is damaged") from None
    kept = [base64.b64decode(a) if a else None for a in audio] or [None] * len(vectors)
    return Print(
        speaker_id=speaker_id,
        name=stored.name,
        encoder=stored.encoder,
        created=stored.created,
        updated=stored.updated,
        recordings=tuple(map(Recording, vectors, stored.seconds, kept)),
    )
