"""`python -m media_worker`: see recordings through until told to stop."""

import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Final

import redis
from pydantic import ValidationError
from redis.exceptions import RedisError

from contract.celery_app import make_celery
from contract.client_messages import describe
from contract.heartbeats import Heartbeat
from contract.logs import configure_logging
from contract.names import MEDIA, workers_key
from contract.redis_clients import connect
from media_store import MediaStore
from media_worker.callbacks import Herald
from media_worker.conducting import Conductor
from media_worker.fetching import MB, Fetcher
from media_worker.owning import Owner, in_threads
from media_worker.places import Places
from media_worker.settings import MediaSettings
from media_worker.sweeping import sweep_on
from worker_runtime.leases import Leases

log = logging.getLogger("media_worker")

HERALDS: Final = 4

NICE: Final = 10
"""Live speech goes first, where processors are few."""

BEAT_S: Final = 1.0

GOODBYE_S: Final = 5.0
"""A job in hand is left to another worker within it."""


def main() -> int:
    """Run until SIGTERM; returns the exit code."""
    configure_logging("media_worker")
    try:
        settings = MediaSettings()
    except ValidationError as error:
        log.critical("settings: %s", describe(error, "environment"))
        return os.EX_CONFIG
    configure_logging("media_worker", settings.log_level, settings.log_format)
    os.nice(NICE)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    serve(settings, stopping)
    return 0


def serve(settings: MediaSettings, stopping: threading.Event) -> None:
    """Take jobs, send callbacks and sweep, until told to stop."""
    client = connect(settings.redis_url)
    leases = Leases(client)
    store = MediaStore(settings.media_store, settings.s3_endpoint_url)
    scratch = store
    if store.local_path("", "") is None:
        scratch = MediaStore(str(Path(tempfile.gettempdir()) / f"sori-media-{os.getuid()}"))
    places = Places((settings.allowed_hosts or "").split(","))
    conductor = make_conductor(settings, client, store, scratch, places)
    owner = Owner(client, store, leases, conductor, settings, stopping)
    secret = settings.callback_secret.get_secret_value() if settings.callback_secret else ""
    herald = Herald(client, store, places, secret, stopping)
    owners = in_threads(settings.media_jobs, owner.run, "job")
    heralds = in_threads(HERALDS, herald.run, "callback")
    in_threads(1, lambda: sweep_on(client, [store, scratch], stopping), "sweep")
    log.info("media worker with %s as its store", settings.media_store)
    beat(client, leases, stopping)
    deadline = time.monotonic() + GOODBYE_S
    for thread in (*owners, *heralds):
        thread.join(max(0.0, deadline - time.monotonic()))


def make_conductor(
    settings: MediaSettings,
    client: redis.Redis,
    store: MediaStore,
    scratch: MediaStore,
    places: Places,
) -> Conductor:
    """The conductor that the settings describe."""
    buckets = filter(None, map(str.strip, (settings.media_buckets or "").split(",")))
    fetcher = Fetcher(
        store=store,
        places=places,
        media_root=settings.media_root,
        buckets=frozenset(buckets),
        store_url=settings.media_store,
        s3_endpoint_url=settings.s3_endpoint_url,
        most_bytes=round(settings.max_media_mb * MB),
        timeout_s=settings.fetch_timeout,
    )
    return Conductor(
        client=client,
        celery=make_celery("media_worker", settings.redis_url),
        store=store,
        scratch=scratch,
        fetcher=fetcher,
        longest_s=settings.max_recording_s,
        piece_s=settings.piece_seconds,
    )


def beat(client: redis.Redis, leases: Leases, stopping: threading.Event) -> None:
    """Say every second that this process lives, and keep its leases, until told to stop."""
    process_id = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    while not stopping.wait(BEAT_S):
        now = time.time()
        try:
            leases.renew()
            said = Heartbeat(process_id=process_id, at=now, consumed_at=now).model_dump_json()
            client.hset(workers_key(MEDIA), process_id, said)
        except RedisError as error:
            log.warning("no heartbeat: %s", error)
    try:
        client.hdel(workers_key(MEDIA), process_id)
    except RedisError as error:
        log.warning("no goodbye: %s", error)


if __name__ == "__main__":
    sys.exit(main())
