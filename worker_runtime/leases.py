"""Leases: who has what in hand. One that is not renewed runs out, as its worker is gone."""

import logging
import secrets
import threading
from dataclasses import dataclass

import redis

from contract.errors import WorkerLostError
from contract.jobs import Part
from contract.names import job_attempts_key, job_owed_key, part_lease_key

log = logging.getLogger(__name__)

LEASE_S = 3
"""A lease not renewed for this long is free: the worker that held it is gone."""

MAX_ATTEMPTS = 3
"""A piece of work that took this many workers down with it is given up."""

_ANSWERED, _IN_OTHER_HANDS = -1, 0

# Takes the lease of a job that is still owed, and counts the attempt.
_TAKE = f"""
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return {_ANSWERED} end
if not redis.call('SET', KEYS[2], ARGV[2], 'NX', 'EX', ARGV[3]) then return {_IN_OTHER_HANDS} end
return redis.call('HINCRBY', KEYS[3], ARGV[4], 1)
"""

# A lease that ran out may be another worker's by now: only one's own is kept or let go.
_KEEP = """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('EXPIRE', key, ARGV[2]) end
end
"""
_LET_GO = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
if ARGV[2] ~= '' then redis.call('HINCRBY', KEYS[2], ARGV[2], -1) end
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in Redis stands that something is owed, who has it in hand, and how often."""

    ledger: str
    """Hash that has `entry` while it is owed."""
    entry: str
    lease: str
    attempts: str
    """Hash of attempts, by `count`."""
    count: str


class Leases:
    """The leases of one process. Safe to use from many threads."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._token = secrets.token_hex(8)
        self._take = client.register_script(_TAKE)
        self._keep = client.register_script(_KEEP)
        self._let_go = client.register_script(_LET_GO)
        self._in_hand: set[str] = set()
        self._lock = threading.Lock()

    def take(self, place: Place) -> int:
        """Which attempt this is at something owed, now leased to this worker; 0: not to be done."""
        keys = [place.ledger, place.lease, place.attempts]
        attempt = int(self._take(keys, [place.entry, self._token, LEASE_S, place.count]))
        if attempt == _ANSWERED:
            log.info("passed over: answered already")
        elif attempt == _IN_OTHER_HANDS:
            log.info("passed over: in other hands")
        if attempt <= 0:
            return 0
        with self._lock:
            self._in_hand.add(place.lease)
        return attempt

    def let_go(self, place: Place, *, ended_well: bool) -> None:
        """Let go of the lease; an attempt that ended well is not held against what was owed."""
        with self._lock:
            self._in_hand.discard(place.lease)
        self._let_go(
            [place.lease, place.attempts], [self._token, place.count if ended_well else ""]
        )

    def holds(self, lease: str) -> bool:
        """Whether a lease is this process's own."""
        holder: bytes | None = self._redis.get(lease)  # type: ignore[assignment]
        return holder == self._token.encode()

    def renew(self) -> None:
        """Keep what is in hand; to be called every second."""
        with self._lock:
            keys = list(self._in_hand)
        if keys:
            self._keep(keys, [self._token, LEASE_S])


def part_place(part: Part) -> Place:
    """The place of a part of a recording's job."""
    return Place(
        ledger=job_owed_key(part.job_id),
        entry=part.part,
        lease=part_lease_key(part.job_id, part.part),
        attempts=job_attempts_key(part.job_id),
        count=part.part,
    )


def too_often(what: str) -> WorkerLostError:
    """The error of what took MAX_ATTEMPTS workers down with it."""
    return WorkerLostError(f"{MAX_ATTEMPTS} attempts at {what} came to nothing")
