"""Places to keep voice prints in, each opened as often as there are workers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contract.redis_clients import connect
from diarization_worker.registry.folder_store import FolderPrintStore
from diarization_worker.registry.redis_store import RedisPrintStore
from diarization_worker.registry.store import PrintStore

OpenStore = Callable[[], PrintStore]


@pytest.fixture(params=["redis", "folder"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    """Opens the same store for one worker after the other."""
    if request.param == "folder":
        return lambda: FolderPrintStore(tmp_path / "voices")
    redis_url = request.getfixturevalue("redis_url")
    return lambda: RedisPrintStore(connect(redis_url))
