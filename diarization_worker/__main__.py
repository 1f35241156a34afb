"""`python -m diarization_worker`: load the encoder, then serve the diarization queue."""

import logging
import sys

from celery import Celery

from contract.errors import ModelUnavailableError
from contract.logs import configure_logging
from contract.names import Queue
from contract.redis_clients import connect
from contract.values import EngineInfo
from contract.work import Stage
from diarization_worker.encoders.encoder import SpeakerEncoder
from diarization_worker.encoders.resemblyzer import ResemblyzerEncoder
from diarization_worker.live.diarizer import Diarizer
from diarization_worker.live.voice_store import VoiceStore
from diarization_worker.settings import DiarizationSettings
from diarization_worker.tasks import register
from worker_runtime.desk import Desk
from worker_runtime.main import run_worker
from worker_runtime.plugins import is_import_path, load_plugin

log = logging.getLogger(__name__)


def main() -> int:
    """Run until SIGTERM; the exit code is not 0 when the encoder can't be loaded."""
    settings = DiarizationSettings()
    configure_logging("diarization_worker", settings.log_level, settings.log_format)
    try:
        encoder = load_encoder(settings)
    except ModelUnavailableError as error:
        log.critical("%s", error)
        return 1

    def add_tasks(app: Celery, desk: Desk) -> None:
        store = VoiceStore(connect(settings.redis_url))
        register(app, desk, Diarizer(encoder, store, desk.audio))

    run_worker(
        Stage.DIARIZATION,
        settings,
        [Queue.DIARIZATION],
        add_tasks,
        engine=EngineInfo(name=encoder.name, model=encoder.model, device=encoder.device),
    )
    return 0


def load_encoder(settings: DiarizationSettings) -> SpeakerEncoder:
    """The encoder that the settings name, warm; raises ModelUnavailableError."""
    if settings.speaker_encoder == "embedded":
        return ResemblyzerEncoder.load(settings.speaker_device)
    if not is_import_path(settings.speaker_encoder):
        raise ModelUnavailableError(
            f"SPEAKER_ENCODER={settings.speaker_encoder} is neither `embedded` nor an import path"
            " such as package.module:Class"
        )
    encoder = load_plugin(settings.speaker_encoder)
    if not isinstance(encoder, SpeakerEncoder):
        raise ModelUnavailableError(f"{settings.speaker_encoder} is no SpeakerEncoder")
    return encoder


if __name__ == "__main__":
    sys.exit(main())
