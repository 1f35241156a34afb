"""`python -m diarization_worker`: load the models; serve sessions, registry and recordings."""

import logging
import os
import sys

from celery import Celery
from pydantic import ValidationError

from contract.client_messages import describe
from contract.errors import ModelUnavailableError
from contract.logs import configure_logging
from contract.names import Queue
from contract.redis_clients import connect
from contract.work import Stage
from diarization_worker import models, tasks
from diarization_worker.live.diarizer import Diarizer
from diarization_worker.live.voice_store import VoiceStore
from diarization_worker.recordings import tasks as recording_tasks
from diarization_worker.recordings.diarizer import load_diarizer
from diarization_worker.registry import tasks as registry_tasks
from diarization_worker.registry.answering import Respondent
from diarization_worker.registry.redis_store import RedisPrintStore
from diarization_worker.registry.registry import Registry
from diarization_worker.settings import DiarizationSettings
from media_store import MediaStore
from worker_runtime.desk import Desk
from worker_runtime.main import run_worker

log = logging.getLogger("diarization_worker")


def main() -> int:
    """Run until SIGTERM; the exit code is not 0 when a model can't be loaded."""
    configure_logging("diarization_worker")
    try:
        settings = DiarizationSettings()
    except ValidationError as error:
        log.critical("settings: %s", describe(error, "environment"))
        return os.EX_CONFIG
    configure_logging("diarization_worker", settings.log_level, settings.log_format)
    try:
        voice_models = models.load(settings)
        diarizer = load_diarizer(settings, voice_models)
    except ModelUnavailableError as error:
        log.critical("%s", error)
        return os.EX_CONFIG

    store = MediaStore(settings.media_store, settings.s3_endpoint_url)

    def add_tasks(app: Celery, desk: Desk) -> None:
        client = connect(settings.redis_url)
        voices = VoiceStore(client)
        prints = RedisPrintStore(client)
        registry = Registry(voice_models.behind_live(), prints, keep_samples=settings.keep_samples)
        tasks.register(app, desk, Diarizer(voice_models, voices, desk.audio))
        respondent = Respondent(client, registry)
        registry_tasks.register(app, desk, respondent, registry, voices, voice_models)
        recording_tasks.register(app, desk, diarizer, store, voice_models.longest)

    run_worker(
        Stage.DIARIZATION,
        settings,
        [Queue.DIARIZATION, Queue.SPEAKERS, Queue.DIARIZATION_BATCH],
        add_tasks,
        engine=voice_models.engine,
        note=voice_models.note,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
