"""The life of a worker process: connect, register tasks, consume until told to stop."""

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Sequence

from celery import Celery
from celery.signals import task_postrun, task_prerun
from kombu import Queue as KombuQueue

from contract.celery_app import make_celery
from contract.heartbeats import Heartbeat
from contract.names import Queue, TaskName
from contract.redis_clients import connect
from contract.settings import SharedSettings
from contract.values import EngineInfo
from contract.work import Stage
from worker_runtime.desk import Desk
from worker_runtime.heartbeat import Pulse
from worker_runtime.talk import Talk

log = logging.getLogger(__name__)

THREADS = 24
"""Tasks in hand at once: enough to fill a batch while the next one gathers, and a third of them for
each of utterances, interim text and recordings."""


def run_worker(
    stage: Stage,
    settings: SharedSettings,
    queues: Sequence[Queue],
    register: Callable[[Celery, Desk], None],
    *,
    engine: EngineInfo,
    languages: list[str] | None = None,
    note: str = "",
    advice: str = "",
    talk: Talk | None = None,
) -> None:
    """Serve the tasks that `register` adds to the app, from `queues` in order of precedence.

    Returns after SIGTERM or SIGINT, when what was in hand is done. The model is loaded before:
    whoever sees this worker's heartbeat can count on it. `talk` is kept up to date on live speech
    at the stage's other workers.
    """
    client = connect(settings.redis_url)
    app = make_celery(f"{stage.value}_worker", settings.redis_url)
    desk = Desk(client, stage)
    process_id = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    own_queue = f"pulse:{process_id}"
    now = time.time()
    beat = Heartbeat(
        process_id=process_id,
        at=now,
        consumed_at=now,
        began_at=now,
        engine=engine,
        languages=languages,
        note=note,
        advice=advice,
    )
    pulse = Pulse(client, app, stage.value, own_queue, beat, desk, talk or Talk())

    @app.task(name=TaskName.PULSE.value, shared=False)
    def take_pulse() -> None:
        """Taking it is all there is to do."""

    register(app, desk)
    app.conf.task_queues = [
        KombuQueue(own_queue, auto_delete=True, expires=3600),
        *(KombuQueue(queue.value) for queue in queues),
    ]
    worker = app.Worker(
        pool="threads",
        concurrency=THREADS,
        hostname=f"{stage.value}@{process_id}",
        loglevel=settings.log_level,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    log.info(
        "%s worker with %s (%s) on %s. %s",
        stage.value,
        engine.name,
        engine.model,
        engine.device,
        note,
    )
    task_prerun.connect(lambda task, **_: pulse.took(task.name), weak=False)
    task_postrun.connect(lambda **_: pulse.consumed(), weak=False)
    pulse.start()
    try:
        worker.start()
    finally:
        pulse.stop()
        client.delete(own_queue)
