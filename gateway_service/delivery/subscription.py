"""One Redis subscription per gateway process, for all its sessions."""

import asyncio
import logging
from collections.abc import Callable

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

Listener = Callable[[bytes], None]


class Subscriptions:
    """Hands what is published on a channel to whoever subscribed to it here.

    Messages can be lost, by the nature of pub/sub and whenever Redis restarts: nothing that
    matters may depend on one.
    """

    def __init__(self, redis: Redis) -> None:
        self._pubsub = redis.pubsub(ignore_subscribe_messages=True)
        self._listeners: dict[bytes, Listener] = {}
        self._idle = asyncio.Event()

    async def subscribe(self, channel: str, listener: Listener) -> None:
        """Have `listener` called, on the event loop, with each message."""
        self._listeners[channel.encode()] = listener
        await self._pubsub.subscribe(channel)
        self._idle.set()

    async def unsubscribe(self, channel: str, listener: Listener) -> None:
        """Stop it, unless somebody else has subscribed to the channel since."""
        if self._listeners.get(channel.encode()) is listener:
            del self._listeners[channel.encode()]
            await self._pubsub.unsubscribe(channel)

    async def run(self) -> None:
        """Receive until cancelled, across restarts of Redis."""
        while True:
            await self._idle.wait()
            try:
                message = await self._pubsub.get_message(timeout=5.0)
            except (RedisError, OSError, RuntimeError) as error:
                log.warning("subscription lost, taking it up again: %s", error)
                await asyncio.sleep(0.5)
                continue
            if message is None:
                if not self._listeners:
                    self._idle.clear()
                continue
            listener = self._listeners.get(message["channel"])
            if listener is not None:
                try:
                    listener(message["data"])
                except ValidationError as error:  # from a worker of another version
                    log.warning("a message that can't be read is dropped: %s", error)

    async def close(self) -> None:
        """Give the connection back."""
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]
