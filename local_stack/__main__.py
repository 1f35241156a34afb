"""`python -m local_stack up|demo`."""

import argparse
import signal
import sys
from types import FrameType

from rich.console import Console

from local_stack.demo import demo
from local_stack.errors import StackError
from local_stack.up import up

INTERRUPTED = 130


def main() -> int:
    """Run one command; SIGTERM counts as Ctrl-C, and a second of either kills what still stops."""
    parser = argparse.ArgumentParser(prog="python -m local_stack", description=__doc__)
    commands = {"up": up, "demo": demo}
    parser.add_argument("command", choices=commands)
    command = commands[parser.parse_args().command]
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    console = Console(highlight=False, soft_wrap=True)
    try:
        return command(console)
    except StackError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"error: {error}", markup=False)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
