"""A gateway as a process, a worker that stands in for those who listen, and a client of both."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import redis

from local_stack.services import GATEWAY, SERVICES, module
from local_stack.stack import Stack
from tests.support.waiting import eventually

KEY = "the-key"

LIMITS = {"MAX_UPLOAD_MB": "1", "MAX_REQUEST_MB": "2", "SPEAKERS_TIMEOUT": "3"}

GATEWAY_ALONE = [service for service in SERVICES if service.name == GATEWAY]
STANDIN = module("standin", "tests.gateway_service.speakers.answering", layer=2)


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A gateway and a worker that answers; shared, so each test uses speakers of its own."""
    folder = Path(tmp_path_factory.mktemp("answered"))
    with Stack(folder, LIMITS, services=[*GATEWAY_ALONE, STANDIN]) as stack:
        eventually(lambda: parts(stack.url()).get("diarization", "no worker") != "no worker", 60)
        yield stack


@pytest.fixture
async def http(answered: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the gateway, without a voice print in the registry."""
    async with httpx.AsyncClient(base_url=answered.url(), timeout=30) as client:
        for shown in (await client.get("/speakers", params={"limit": 1000})).json()["prints"]:
            await client.delete(f"/speakers/{shown['speaker_id']}")
        yield client


@pytest.fixture
def stored(answered: Stack) -> Iterator[redis.Redis]:
    """The Redis between gateway and worker."""
    with redis.Redis.from_url(answered.redis_url) as client:
        yield client


@pytest.fixture(scope="session")
def strict(answered: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A second gateway, which asks for a key."""
    settings = {"REDIS_URL": answered.redis_url, "API_KEYS": f"other,{KEY}", **LIMITS}
    folder = Path(tmp_path_factory.mktemp("strict"))
    with Stack(folder, settings, services=GATEWAY_ALONE) as stack:
        eventually(lambda: parts(stack.url()).get("diarization", "no worker") != "no worker", 60)
        yield stack.url()


@pytest.fixture(scope="session")
def deserted(answered: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A third one, without any worker."""
    settings = {"REDIS_URL": answered.redis_url.removesuffix("0") + "1", **LIMITS}
    folder = Path(tmp_path_factory.mktemp("deserted"))
    with Stack(folder, settings, services=GATEWAY_ALONE) as stack:
        eventually(lambda: parts(stack.url()).get("redis") == "ok", 60)
        yield stack.url()


def parts(url: str) -> dict[str, str]:
    """What `/ready` says; nothing while nobody listens."""
    try:
        answer: dict[str, str] = httpx.get(f"{url}/ready").json()
    except httpx.TransportError:
        return {}
    return answer
