"""`python -m contract.health ROLE`: whether the process in this container works.

For the health checks of containers. A worker's is a task that comes back: it beats once a second,
and when it has nothing to do it is sent a task (worker_runtime.heartbeat); a living process whose
consumer is stuck is not well.
"""

import socket
import sys
import time
from collections.abc import Iterable
from typing import Final, cast

import redis

from contract.heartbeats import Heartbeat, living
from contract.names import workers_key
from contract.settings import SharedSettings

RECENT_S: Final = 60.0
"""A worker that took no task for longer, busy or idle, does not work."""

PATIENCE_S: Final = 3.0


def works(beats: Iterable[Heartbeat], host: str, now: float) -> bool:
    """Whether one of the living processes is of this host, and takes tasks."""
    return any(
        beat.process_id.startswith(f"{host}-")
        and beat.consumed_at > beat.began_at
        and now - beat.consumed_at < RECENT_S
        for beat in beats
    )


def main() -> int:
    """0 where the process works, 1 with a line why where it does not."""
    role, host = sys.argv[1], socket.gethostname()
    url = SharedSettings().redis_url
    try:
        with redis.Redis.from_url(
            url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
        ) as client:
            entries = cast(dict[bytes, bytes], client.hgetall(workers_key(role)))
    except redis.RedisError as error:
        return _unwell(f"Redis does not answer: {error}")
    now = time.time()
    if works(living(entries, now), host, now):
        return 0
    return _unwell(f"no {role} of {host} takes tasks")


def _unwell(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
