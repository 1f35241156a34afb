"""Removes what jobs left in the media store: outdated results, files of killed owners."""

import logging
import threading
from collections.abc import Sequence
from typing import Final

import redis
from redis.exceptions import RedisError

from contract.errors import SoriError
from contract.names import OPEN_JOBS, job_key
from media_store import MediaStore

log = logging.getLogger(__name__)

EVERY_S: Final = 60.0

YOUNG_S: Final = 3600.0
"""Uploads that may be still on their way, or that no job names yet, are left alone."""


def sweep(client: redis.Redis, stores: Sequence[MediaStore]) -> int:
    """Remove folders of no job, and how many; an open job names its upload's folder."""
    kept = {name.decode() for name in client.zrange(OPEN_JOBS, 0, -1)}  # type: ignore[union-attr]
    uploads: set[str] = set()
    for job_id in kept:
        name: bytes | None = client.hget(job_key(job_id), "upload")  # type: ignore[assignment]
        uploads.add(name.decode() if name else "")
    removed = 0
    for store in stores:
        for folder in store.folders(older_than_s=YOUNG_S):
            if folder in uploads or folder in kept or client.exists(job_key(folder)):
                continue
            store.remove(folder)
            removed += 1
    return removed


def sweep_on(client: redis.Redis, stores: Sequence[MediaStore], stopping: threading.Event) -> None:
    """Sweep every minute until told to stop."""
    while not stopping.wait(EVERY_S):
        try:
            if removed := sweep(client, stores):
                log.info("%d folders of forgotten jobs removed", removed)
        except (RedisError, SoriError) as error:
            log.warning("not swept: %s", error)
