"""Says through Redis that this TCP server is alive, and how many users it serves."""

import asyncio
import logging
import os
import socket
import time
import uuid
from contextlib import suppress
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from contract.heartbeats import Heartbeat
from contract.names import TCP, workers_key
from gateway_service.tcp.channels import Channels

log = logging.getLogger(__name__)

BEAT_S: Final = 1.0

GOODBYE_S: Final = 1.0
"""A Redis that is away is not waited for longer at the end."""


async def beat(redis: Redis, channels: Channels) -> None:
    """Say so every second until cancelled, and then goodbye."""
    process_id = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    try:
        while True:
            now = time.time()
            word = Heartbeat(
                process_id=process_id,
                at=now,
                consumed_at=now,
                users=channels.taken,
                channels=channels.count,
            )
            try:
                await redis.hset(workers_key(TCP), process_id, word.model_dump_json())
            except (RedisError, OSError) as error:
                log.warning("no heartbeat: %s", error)
            await asyncio.sleep(BEAT_S)
    finally:
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await redis.hdel(workers_key(TCP), process_id)
