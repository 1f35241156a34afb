"""`python -m listener_service`: serve until told to stop."""

import asyncio
import os
import signal
import socket

from contract.logs import configure_logging
from contract.redis_clients import connect_async
from contract.settings import SharedSettings
from listener_service.service import Listener


async def serve(settings: SharedSettings) -> None:
    """Run a listener until SIGTERM or SIGINT."""
    redis = connect_async(settings.redis_url)
    listener = Listener(redis, f"{socket.gethostname()}-{os.getpid()}")
    running = asyncio.create_task(listener.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        await listener.leave()
    finally:
        await redis.aclose()


def main() -> None:
    """Start from the environment's settings."""
    settings = SharedSettings()
    configure_logging("listener", settings.log_level, settings.log_format)
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
