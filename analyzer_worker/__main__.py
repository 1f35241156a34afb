"""`python -m analyzer_worker`: load the sentiment model, then serve the analyzer queue."""

import logging
import os
import sys

from celery import Celery

from analyzer_worker import recordings
from analyzer_worker.analyzer import SentimentAnalyzer
from analyzer_worker.annotator import Annotator
from analyzer_worker.embedded import EmbeddedAnalyzer
from analyzer_worker.huggingface_analyzer import HuggingFaceAnalyzer
from analyzer_worker.settings import AnalyzerSettings
from analyzer_worker.tasks import register
from contract.errors import ModelUnavailableError
from contract.logs import configure_logging
from contract.names import Queue
from contract.redis_clients import connect
from contract.values import EngineInfo
from contract.work import Stage
from worker_runtime.desk import Desk
from worker_runtime.main import run_worker
from worker_runtime.plugins import is_import_path, load_plugin

log = logging.getLogger(__name__)


def main() -> int:
    """Run until SIGTERM; the exit code is not 0 when the model can't be loaded."""
    settings = AnalyzerSettings()
    configure_logging("analyzer_worker", settings.log_level, settings.log_format)
    try:
        analyzer = load_analyzer(settings)
    except ModelUnavailableError as error:
        log.critical("%s", error)
        return os.EX_CONFIG

    def add_tasks(app: Celery, desk: Desk) -> None:
        annotator = Annotator(analyzer)
        register(app, desk, annotator, connect(settings.redis_url))
        recordings.register(app, desk, annotator.feel_later, f"{analyzer.name} ({analyzer.model})")

    run_worker(
        Stage.SENTIMENT,
        settings,
        [Queue.ANALYZER, Queue.TEXTS, Queue.ANALYZER_BATCH],
        add_tasks,
        engine=EngineInfo(name=analyzer.name, model=analyzer.model, device=analyzer.device),
        languages=analyzer.languages,
        note=analyzer.note,
    )
    return 0


def load_analyzer(settings: AnalyzerSettings) -> SentimentAnalyzer:
    """The analyzer that the settings name, warm; raises ModelUnavailableError."""
    if settings.sentiment_model == "embedded":
        return EmbeddedAnalyzer.load()
    if not is_import_path(settings.sentiment_model):
        return HuggingFaceAnalyzer.load(settings.sentiment_model, settings.sentiment_device)
    analyzer = load_plugin(settings.sentiment_model)
    if not isinstance(analyzer, SentimentAnalyzer):
        raise ModelUnavailableError(f"{settings.sentiment_model} is no SentimentAnalyzer")
    return analyzer


if __name__ == "__main__":
    sys.exit(main())
