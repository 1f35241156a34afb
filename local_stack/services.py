"""Which processes make up Sori, and in which order they start and stop."""

import sys
from dataclasses import dataclass
from pathlib import Path

GATEWAY = "gateway"
REDIS = "redis"


@dataclass(frozen=True, slots=True)
class Service:
    """A program of the stack, of which one or more instances run."""

    name: str
    command: tuple[str, ...]
    layer: int
    """What it stands on is in lower layers: they start before it and stop after it."""


def module(name: str, package: str, layer: int) -> Service:
    """A service that is a Python package, run by this interpreter."""
    return Service(name, (sys.executable, "-m", package), layer)


SERVICES = (
    module("listener", "listener_service", layer=1),
    module("stt_worker", "stt_worker", layer=2),
    module("diarization_worker", "diarization_worker", layer=2),
    module("analyzer_worker", "analyzer_worker", layer=2),
    module("media_worker", "media_worker", layer=2),
    module(GATEWAY, "gateway_service", layer=3),
)
"""Stopped from the gateway down: no new audio first, then what is under way, its results last."""


def redis_service(port: int, data_dir: Path) -> Service:
    """A Redis of our own that keeps its data in `data_dir`, locked for as long as it lives."""
    return Service(
        REDIS,
        (
            *("flock", "--no-fork", "--timeout", "15", str(redis_lock(data_dir))),
            *("redis-server", "--bind", "127.0.0.1", "--port", str(port)),
            *("--dir", str(data_dir), "--appendonly", "yes", "--save", ""),
        ),
        layer=0,
    )


def redis_lock(data_dir: Path) -> Path:
    """The file whose lock says that a Redis uses this data."""
    return data_dir / "lock"
