"""A real redis-server for tests, on a free port, gone when the test session is."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RedisServer:
    """A redis-server process that keeps its data in a folder, so that it can be restarted."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it answers."""
        program = shutil.which("redis-server")
        if program is None:
            raise RuntimeError("these tests need redis-server: apt-get install redis-server")
        command = [program, "--bind", "127.0.0.1", "--port", str(self.port)]
        command += ["--dir", str(self._folder), "--save", "", "--appendonly", "yes"]
        self._process = subprocess.Popen(  # noqa: S603 (our own command)
            command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        retry = Retry(ConstantBackoff(0.02), 500)
        outside = [redis.ConnectionError, redis.BusyLoadingError]
        with redis.Redis.from_url(self.url, retry=retry, retry_on_error=outside) as client:
            client.ping()

    def stop(self, *, kill: bool = False) -> None:
        """End the process, with SIGTERM or SIGKILL, and wait for it."""
        if self._process is not None:
            self._process.kill() if kill else self._process.terminate()
            self._process.wait(timeout=20)
            self._process = None


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    """A redis-server with its data in `folder`, for the time of the context."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
