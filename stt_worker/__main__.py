"""Start the worker: `python -m stt_worker`."""

import logging
import os
import sys

from celery import Celery
from pydantic import ValidationError

from contract.client_messages import describe
from contract.errors import ModelUnavailableError
from contract.logs import configure_logging
from contract.names import Queue
from contract.work import Stage
from stt_worker.loading import load_engine
from stt_worker.settings import SttSettings
from stt_worker.tasks import Ears, register
from worker_runtime.batcher import Batcher
from worker_runtime.desk import Desk
from worker_runtime.main import run_worker
from worker_runtime.talk import Talk

log = logging.getLogger("stt_worker")


def main() -> int:
    """Load the engine, then consume until told to stop; returns the exit code."""
    configure_logging("stt_worker")
    try:
        settings = SttSettings()
    except ValidationError as error:
        log.critical("settings: %s", describe(error, "environment"))
        return os.EX_CONFIG
    configure_logging("stt_worker", settings.log_level, settings.log_format)
    try:
        loaded = load_engine(settings)
    except ModelUnavailableError as error:
        log.critical("%s", error)
        return os.EX_CONFIG
    engine = loaded.engine
    talk = Talk()
    ears: Ears = Batcher(
        engine.transcribe, max_batch=settings.stt_batch_size or engine.batch_size, talk=talk
    )

    def register_tasks(app: Celery, desk: Desk) -> None:
        register(app, desk, ears, engine.info)

    try:
        run_worker(
            Stage.STT,
            settings,
            [Queue.STT, Queue.STT_INTERIM, Queue.STT_BATCH],
            register_tasks,
            engine=engine.info,
            languages=engine.languages,
            note=loaded.note,
            advice=engine.advice,
            talk=talk,
        )
    finally:
        engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
