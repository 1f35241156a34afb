"""Keeps the voices of sessions in Redis, where any number of workers may change them at once."""

from collections.abc import Callable
from typing import TypeVar

import redis
from pydantic import TypeAdapter

from contract.names import voices_key
from diarization_worker.live.voices import Voices

KEEP_S = 24 * 3600
"""How long voices are kept where the session's keys have no time to live yet, seconds."""

_voices: TypeAdapter[Voices] = TypeAdapter(Voices)

Answer = TypeVar("Answer")


class VoiceStore:
    """Reads, changes and writes back a session's voices as one step."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def read(self, session_id: str) -> Voices:
        """The voices as of now; none where nobody was heard."""
        return _decode(self._redis.get(voices_key(session_id)))

    def update(self, session_id: str, change: Callable[[Voices], tuple[Voices, Answer]]) -> Answer:
        """Apply a pure function to the voices and return what it answers.

        It runs again on fresh voices whenever another worker wrote in between, so it must have no
        effect of its own.
        """
        key = voices_key(session_id)
        with self._redis.pipeline() as pipe:
            while True:
                try:
                    pipe.watch(key)  # type: ignore[no-untyped-call]
                    before = _decode(pipe.get(key))
                    expires = int(pipe.pttl(key)) > 0
                    after, answer = change(before)
                    pipe.multi()
                    if after != before:
                        data = _voices.dump_json(after)
                        pipe.set(key, data, ex=None if expires else KEEP_S, keepttl=expires)
                    pipe.execute()
                    return answer
                except redis.WatchError:
                    continue


def _decode(data: object) -> Voices:
    return _voices.validate_json(data) if isinstance(data, bytes) else Voices()
