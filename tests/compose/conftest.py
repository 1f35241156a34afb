"""The stack in containers, brought up from nothing; shared by all tests here, in their order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.ports import free_ports
from tests.compose import base_images
from tests.compose.deployment import Deployment
from tests.compose.engine import run


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Every service once, with the engines of a fresh clone; healthy."""
    assert run("docker", "info", check=False), "no Docker engine answers: start dockerd"
    http, https, tcp, prometheus = free_ports(4, "127.0.0.1")
    ports = {
        "HTTP_PORT": str(http),
        "HTTPS_PORT": str(https),
        "TCP_PORT": str(tcp),
        "PROMETHEUS_PORT": str(prometheus),
    }
    with base_images.at_hand() as environment:
        stack = Deployment({**environment, **ports}, tmp_path_factory.mktemp("compose"))
        stack.compose("down", "--volumes", "--remove-orphans")
        try:
            stack.up("--build")
            yield stack
        finally:
            stack.keep_logs(Path("/tmp/sori-compose-logs"))  # noqa: S108 (for people to read)
            stack.compose("down", "--volumes", "--remove-orphans")
