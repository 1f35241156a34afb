"""A session's durable events: numbered without a gap, in Redis, the truth for its client."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from contract.errors import SessionGoneError, SessionTakenOverError
from contract.events import Event
from contract.names import events_key, session_channel, session_key

KEEP_EVENTS = 20_000
"""Events kept for replay; a long day of talk."""

# Prefix of each script that appends: the one place where events get their numbers.
APPEND_FUNCTION = """
local function append(session, events, channel, text)
  local id = redis.call('HINCRBY', session, 'last_event_id', 1)
  text = '{"event_id":' .. id .. ',' .. string.sub(text, 2)
  redis.call('XADD', events, 'MAXLEN', '~', KEEP, id .. '-0', 'event', text)
  redis.call('PEXPIRE', events, redis.call('PTTL', session))
  redis.call('PUBLISH', channel, '')
  return text
end
""".replace("KEEP", str(KEEP_EVENTS))

# The nonce makes a second run harmless, when Redis went away between doing and answering.
_APPEND = (
    APPEND_FUNCTION
    + """
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then return 'gone' end
if epoch ~= ARGV[1] then return 'taken over' end
if redis.call('HGET', KEYS[1], 'last_nonce') == ARGV[2] then return 'ok' end
redis.call('HSET', KEYS[1], 'last_nonce', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'state', ARGV[3]) end
for i = 4, #ARGV do append(KEYS[1], KEYS[2], KEYS[3], ARGV[i]) end
return 'ok'
"""
)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it stands in the log: its number and the JSON text to send."""

    event_id: int
    text: str


class EventLog:
    """Appends to and reads from the event streams of sessions."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._append = redis.register_script(_APPEND)

    async def append(self, events: Sequence[Event], *, epoch: int, state: str = "") -> None:
        """Number and store events of one session and, where given, set its state with them.

        Raises SessionTakenOverError when the session's epoch is no longer `epoch`, and
        SessionGoneError when the session is no more.
        """
        session_id = events[0].session_id
        keys = [session_key(session_id), events_key(session_id), session_channel(session_id)]
        texts = [encode(event) for event in events]
        answer = await self._append(keys=keys, args=[epoch, secrets.token_hex(8), state, *texts])
        check_owner(answer, session_id)

    async def read_after(
        self, session_id: str, event_id: int, count: int = 100
    ) -> list[StoredEvent]:
        """The next events after number `event_id`, in order."""
        key, start = events_key(session_id), f"({event_id}-0"
        entries: list[tuple[bytes, dict[bytes, bytes]]] = await self._redis.xrange(
            key, start, "+", count=count
        )  # type: ignore[assignment]  # redis-py types every possible protocol at once
        return [
            StoredEvent(int(entry_id.partition(b"-")[0]), fields[b"event"].decode())
            for entry_id, fields in entries
        ]


def encode(event: Event) -> str:
    """An event's JSON text without its number, as the append function takes it."""
    return event.model_dump_json(exclude={"event_id"})


def check_owner(answer: bytes, session_id: str) -> None:
    """Turn the answer of a script that touches a session into its error, if it is one."""
    if answer == b"gone":
        raise SessionGoneError(f"session {session_id} is unknown or expired")
    if answer == b"taken over":
        raise SessionTakenOverError(f"session {session_id} goes on over another connection")
