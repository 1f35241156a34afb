"""`python -m gateway_service.tcp`: serve TCP clients until told to stop."""

import asyncio
import logging
import os
import signal
import socket
import ssl
import sys
from typing import Final

import uvloop
from pydantic import ValidationError

from contract.client_messages import describe
from contract.logs import configure_logging
from gateway_service.__main__ import listen
from gateway_service.app import make_services
from gateway_service.serving import serving
from gateway_service.settings import GatewaySettings
from gateway_service.tcp.channels import Channels
from gateway_service.tcp.config import ConfigError, TcpConfig, load_config
from gateway_service.tcp.connection import Connection
from gateway_service.tcp.door import accepted, let_in
from gateway_service.tcp.heartbeat import beat

log = logging.getLogger("gateway_service.tcp")

GOODBYE_S: Final = 10.0
"""What is owed to clients is sent within this time, once the server is told to stop."""


def main() -> int:
    """Run until SIGTERM; returns the exit code."""
    configure_logging("tcp")
    try:
        settings, config = GatewaySettings(), load_config()
    except ConfigError as error:
        log.critical("%s", error)
        return os.EX_CONFIG
    except ValidationError as error:
        log.critical("settings: %s", describe(error, "environment"))
        return os.EX_CONFIG
    configure_logging("tcp", settings.log_level, settings.log_format)
    try:
        uvloop.run(serve(settings, config))
    except OSError as error:
        log.critical("%s:%d: %s", config.network.ip, config.network.port, error.strerror or error)
        return os.EX_UNAVAILABLE
    return 0


async def serve(settings: GatewaySettings, config: TcpConfig) -> None:
    """Serve until told to stop; raises OSError where the port can't be listened on."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    sock, tls = listen(config.network.ip, config.network.port), _tls(config)
    services = make_services(settings)
    channels = Channels(config.model.channel)
    arriving: set[asyncio.Task[None]] = set()
    tasks: set[asyncio.Task[None]] = set()
    connections: set[Connection] = set()

    async def accept() -> None:
        async for accepted_sock, peer in accepted(sock):
            task = asyncio.create_task(welcome(accepted_sock, peer))
            for those in (arriving, tasks):
                those.add(task)
                task.add_done_callback(those.discard)

    async def welcome(accepted_sock: socket.socket, peer: str) -> None:
        client = await let_in(accepted_sock, peer, config.network, tls)
        arriving.difference_update({asyncio.current_task()})
        if client is None:
            return
        connection = Connection(client, services, config, channels)
        connections.add(connection)
        try:
            await connection.run()
        finally:
            connections.discard(connection)

    async with serving(services, connections), asyncio.TaskGroup() as beside:
        beating = beside.create_task(beat(services.redis, channels))
        accepting = beside.create_task(accept())
        log.info("TCP server on %s:%d", *sock.getsockname()[:2])
        await stopping.wait()
        accepting.cancel()
        await asyncio.wait([accepting])
        sock.close()
        for task in arriving:
            task.cancel()
        for connection in connections:
            connection.finish()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GOODBYE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        beating.cancel()


def _tls(config: TcpConfig) -> ssl.SSLContext | None:
    if config.network.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(config.network.certificate, config.network.key)
    return context


if __name__ == "__main__":
    sys.exit(main())
