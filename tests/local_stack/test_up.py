"""`make up` as a person runs it: the real services, in the foreground, until a signal."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.ports import free_ports
from tests.local_stack.processes import descendants, gone


@pytest.fixture
def url() -> str:
    return f"http://127.0.0.1:{free_ports(1)[0]}"


@pytest.fixture
def up(tmp_path: Path, url: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "GATEWAY_PORT": url.rpartition(":")[2]}
    environment.pop("REDIS_URL", None)
    with subprocess.Popen(
        [sys.executable, "-m", "local_stack", "up"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def wait_for_line(process: subprocess.Popen[str], start: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(start):
            return line.strip()
    raise AssertionError(f"ended with {process.wait()} before it said {start!r}")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_a_signal_and_leaves_nothing(
    up: subprocess.Popen[str], url: str, stop: signal.Signals
) -> None:
    assert wait_for_line(up, "ready") == f"ready: {url}"
    with urllib.request.urlopen(f"{url}/ready") as answer:  # noqa: S310 (ours)
        assert answer.status == 200
    family = descendants(up.pid)
    assert len(family) >= 7  # supervisord, Redis, three workers, listener, gateway
    up.send_signal(stop)
    assert up.wait(timeout=60) == 0
    assert all(gone(pid, timeout_s=1) for pid in family)
