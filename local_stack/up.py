"""`make up`: the stack in the foreground until Ctrl-C."""

import os
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from gateway_service.tcp.config import ConfigError, for_workers, load_config
from local_stack.errors import StackError
from local_stack.stack import Stack

RUN_DIR = Path(".run")
DEFAULT_PORT = "8000"


def up(console: Console) -> int:
    """Run the stack until SIGINT or SIGTERM (a KeyboardInterrupt here); returns the exit status."""
    try:
        config = load_config()
    except ConfigError as error:
        raise StackError(str(error)) from error
    environment = {
        "GATEWAY_PORT": DEFAULT_PORT,
        "TCP_HOST": config.network.ip,
        "TCP_PORT": str(config.network.port),
        **for_workers(config),
        **os.environ,
    }
    with Stack(RUN_DIR, environment) as stack:
        console.print(f"starting; logs are in {RUN_DIR / 'logs'}, Ctrl-C stops everything")
        try:
            show_parts(console, stack.wait_ready(report=console.print))
            console.print("tcp          {}:{}".format(*stack.tcp_address()), markup=False)
            console.print(f"ready: {stack.url()}")
            stack.wait_until_it_ends()
        except KeyboardInterrupt:
            console.print("stopping; Ctrl-C again kills")
            return 0
    console.print("the process supervisor ended; see .run/logs/supervisord.log")
    return 1


def show_parts(console: Console, parts: Mapping[str, str]) -> None:
    """Print what runs: a line per part of the system."""
    for part, state in parts.items():
        console.print(f"{part:12} {state}", markup=False)
