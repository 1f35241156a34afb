"""Fixtures that the tests of every part may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.support.redis_server import RedisServer, running_redis


@pytest.fixture(scope="session")
def _redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(_redis_server: RedisServer) -> str:
    """The URL of a real Redis, empty at the start of each test."""
    with redis.Redis.from_url(_redis_server.url) as client:
        client.flushall()
    return _redis_server.url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of the test's Redis."""
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own, to be stopped and started again as the test likes."""
    with running_redis(tmp_path) as server:
        yield server


@pytest.fixture
def speech_data() -> Path:
    """The folder of real speech that SORI_DATA names; the test is skipped where it is unset."""
    folder = os.environ.get("SORI_DATA")
    if not folder:
        pytest.skip("SORI_DATA is unset: it names the folder of test speech")
    return Path(folder)
