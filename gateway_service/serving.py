"""What runs beside the connections of a gateway's process, whichever protocol they speak."""

import asyncio
import logging
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from typing import Final, Protocol

from gateway_service.session.services import Services

log = logging.getLogger(__name__)

TOUCH_S: Final = 30.0
"""How often the sessions connected here are kept alive in Redis."""


class Connected(Protocol):
    """A connection, as far as its session must be kept alive."""

    @property
    def session_id(self) -> str:
        """The session served here; empty before it is known."""


@asynccontextmanager
async def serving(services: Services, connections: Set[Connected]) -> AsyncIterator[None]:
    """Keep the services going while the block runs, and end them with it."""
    async with asyncio.TaskGroup() as tasks:
        background = [
            tasks.create_task(services.subscriptions.run()),
            tasks.create_task(services.watch.run()),
            tasks.create_task(_keep_alive(services, connections)),
        ]
        yield
        for task in background:
            task.cancel()
    services.dispatcher.close()
    await services.subscriptions.close()
    await services.redis.aclose()


async def _keep_alive(services: Services, connections: Set[Connected]) -> None:
    while True:
        await asyncio.sleep(TOUCH_S)
        try:
            await services.store.touch({each.session_id for each in connections} - {""})
        except Exception as error:  # the next round makes up for it, unless Redis stays away
            log.warning("sessions not kept alive: %s", error)
