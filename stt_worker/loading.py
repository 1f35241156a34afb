"""From settings to an engine at work: the choice made, the weights there, everything warmed up."""

import logging
from dataclasses import dataclass
from pathlib import Path

from contract.errors import ModelUnavailableError
from stt_worker import weights
from stt_worker.choice import Choice, Format, Hardware, WhisperEngineName, choices
from stt_worker.engine import Engine
from stt_worker.settings import SttSettings
from worker_runtime.plugins import is_import_path, load_plugin

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """An engine that is ready, and why it is this one."""

    engine: Engine
    note: str


def load_engine(settings: SttSettings) -> Loaded:
    """Choose, load and warm up; raises ModelUnavailableError.

    What was asked for by name is loaded or fails. Only where nothing was asked for does
    PocketSphinx stand in for a Whisper that can't be had, and says so.
    """
    if is_import_path(settings.stt_engine):
        return Loaded(_plugin(settings.stt_engine), f"{settings.stt_engine}, as STT_ENGINE says")
    if settings.stt_engine == "pocketsphinx":
        return Loaded(_pocketsphinx(settings), "pocketsphinx because STT_ENGINE says so")
    try:
        return _load_whisper(settings)
    except ModelUnavailableError as error:
        if settings.model_is_explicit:
            raise
        engine = _pocketsphinx(settings)
        note = (
            "pocketsphinx stands in for Whisper: English only, about half of the words wrong. "
            f"No Whisper weights: {error}. {engine.advice}"
        )
        log.warning("%s", note)
        return Loaded(engine, note)


def _load_whisper(settings: SttSettings) -> Loaded:
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    sources = weights.find_sources(settings.stt_model, token)
    ways = choices(settings.stt_engine, settings.stt_device, sources, _hardware())
    problem: ModelUnavailableError | None = None
    may_download = True
    for way in ways:
        if not way.source.local and not may_download:
            continue
        try:
            path = weights.prepare(way, settings.model_cache, token)
            engine = _start(way, path, settings)
        except ModelUnavailableError as error:
            log.warning("%s on %s can't be used: %s", way.engine, way.device, error)
            problem = problem or error
            may_download = may_download and way.source.local  # one failed download tells enough
            continue
        return Loaded(engine, f"{way.why}." + (f" First tried: {problem}." if problem else ""))
    raise problem or ModelUnavailableError(f"no way to load {settings.stt_model}")


def _start(way: Choice, path: Path, settings: SttSettings) -> Engine:
    engine: Engine
    if way.engine is WhisperEngineName.FASTER_WHISPER:
        from stt_worker.engines.faster_whisper import load_faster_whisper

        engine = load_faster_whisper(path, way.device, settings.threads, settings.stt_model)
    else:
        import torch

        from stt_worker.engines.whisper import checkpoint
        from stt_worker.engines.whisper.engine import WhisperEngine

        torch.set_num_threads(settings.threads)
        openai = way.source.format is Format.OPENAI
        load = checkpoint.load_openai if openai else checkpoint.load_hugging_face
        engine = WhisperEngine(load(path, way.device), settings.stt_model)
    _warm_up(engine)
    return engine


def _hardware() -> Hardware:
    import ctranslate2
    import torch

    return Hardware(
        torch_cuda=torch.cuda.is_available(),
        ctranslate2_cuda=ctranslate2.get_cuda_device_count() > 0,
    )


def _plugin(path: str) -> Engine:
    plugin = load_plugin(path)
    wanted = ("info", "languages", "advice", "batch_size", "warm_up", "transcribe", "close")
    missing = [name for name in wanted if not hasattr(plugin, name)]
    if missing:
        raise ModelUnavailableError(f"{path} is no engine: it has no {', '.join(missing)}")
    engine: Engine = plugin  # type: ignore[assignment]  # checked by name just above
    _warm_up(engine)
    return engine


def _pocketsphinx(settings: SttSettings) -> Engine:
    from stt_worker.engines.pocketsphinx.engine import PocketSphinxEngine

    engine = PocketSphinxEngine(settings.threads)
    _warm_up(engine)
    return engine


def _warm_up(engine: Engine) -> None:
    try:
        engine.warm_up()
    except Exception as error:  # a driver or library that is missing shows here at the latest
        raise ModelUnavailableError(f"{engine.info.name} fails at once: {error}") from error
