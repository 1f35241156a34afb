"""Whisper weights: what STT_MODEL stands for, and how they come to be on this machine."""

import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from contract.errors import ModelUnavailableError
from stt_worker import hub
from stt_worker.choice import Choice, Format, Source, needs_conversion

log = logging.getLogger(__name__)

SIZES = (
    "tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en",
    "large-v1", "large-v2", "large-v3", "large-v3-turbo",
)  # fmt: skip
ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}

_CONVERTED_TURBO = "mobiuslabsgmbh/faster-whisper-large-v3-turbo"


def find_sources(model: str, token: str | None) -> list[Source]:
    """Everything that STT_MODEL may stand for; raises ModelUnavailableError."""
    path = Path(model).expanduser()
    if path.exists():
        return [Source(format_of(path), str(path.resolve()), local=True)]
    size = ALIASES.get(model, model)
    if size in SIZES:
        return _sources_of_size(size)
    if model.count("/") == 1 and not model.startswith((".", "/", "~")):
        return [_source_on_hub(model, token)]
    raise ModelUnavailableError(
        f"STT_MODEL={model} is no file or folder here, no hub id (owner/name) and no size "
        f"({', '.join((*SIZES, *ALIASES))})"
    )


def format_of(path: Path) -> Format:
    """How the weights at a path come; raises ModelUnavailableError where there are none."""
    if path.is_file():
        return Format.OPENAI
    found = format_of_files([entry.name for entry in path.iterdir()])
    if found is None:
        raise ModelUnavailableError(
            f"{path} holds no Whisper weights: neither model.bin (CTranslate2) nor "
            "model.safetensors or pytorch_model.bin (Hugging Face)"
        )
    return found


def format_of_files(names: list[str]) -> Format | None:
    """How the weights of a folder come, by the names of its files."""
    if "model.bin" in names:
        return Format.CTRANSLATE2
    hugging_face = {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"}
    return Format.HUGGING_FACE if hugging_face & set(names) else None


def prepare(choice: Choice, cache: Path, token: str | None) -> Path:
    """The path that the chosen engine can load: downloads and converts what isn't there yet.

    One process of a machine at a time, so that each happens once. Raises ModelUnavailableError.
    """
    if choice.source.local and not needs_conversion(choice):
        return Path(choice.source.place)
    with _lock(cache):
        path = Path(choice.source.place) if choice.source.local else _fetched(choice, token)
        return _converted(path, cache) if needs_conversion(choice) else path


def _sources_of_size(size: str) -> list[Source]:
    owner_and_name = (
        _CONVERTED_TURBO if size == "large-v3-turbo" else f"Systran/faster-whisper-{size}"
    )
    hub_ids = {
        owner_and_name: Format.CTRANSLATE2,
        f"openai/whisper-{size}": Format.HUGGING_FACE,
    }
    sources = []
    for repo, its_format in hub_ids.items():
        folder = hub.find_local(repo)
        usable = folder is not None and format_of_files(os.listdir(folder)) is its_format
        sources.append(Source(its_format, str(folder) if usable else repo, local=usable))
    # where openai-whisper itself keeps its downloads
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    downloaded = Path(cache) / "whisper" / f"{size}.pt"
    if downloaded.is_file():
        sources.append(Source(Format.OPENAI, str(downloaded), local=True))
    return sources


def _source_on_hub(repo: str, token: str | None) -> Source:
    folder = hub.find_local(repo)
    local_format = format_of_files(os.listdir(folder)) if folder else None
    if folder and local_format:
        return Source(local_format, str(folder), local=True)
    its_format = format_of_files(hub.list_files(repo, token))
    if its_format is None:
        raise ModelUnavailableError(f"{repo} on the hub holds no Whisper weights")
    return Source(its_format, repo, local=False)


def _fetched(choice: Choice, token: str | None) -> Path:
    """The downloaded folder; another process may have fetched it while this one waited."""
    folder = hub.find_local(choice.source.place)
    if folder and format_of_files(os.listdir(folder)) is choice.source.format:
        return folder
    return hub.download(choice.source.place, token)


def _converted(folder: Path, cache: Path) -> Path:
    """The folder in CTranslate2's format, converted at most once."""
    target = cache / "ctranslate2" / f"{folder.name}-{_fingerprint(folder)}"
    if target.exists():
        return target
    log.info("converting %s for faster-whisper, once", folder)
    from ctranslate2.converters import TransformersConverter
    from transformers import AutoTokenizer

    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        copied = [name for name in ("preprocessor_config.json",) if (folder / name).exists()]
        converter = TransformersConverter(str(folder), copy_files=copied)
        converter.convert(str(work), quantization="float16", force=True)
        if (folder / "tokenizer.json").exists():
            shutil.copy(folder / "tokenizer.json", work)
        else:  # older folders carry vocab.json and merges.txt alone
            AutoTokenizer.from_pretrained(folder).backend_tokenizer.save(
                str(work / "tokenizer.json")
            )
        work.rename(target)
    except Exception as error:  # conversion reads whatever somebody put into a folder
        shutil.rmtree(work, ignore_errors=True)
        raise ModelUnavailableError(f"{folder} can't be converted: {error}") from error
    return target


def _fingerprint(folder: Path) -> str:
    """Tells this model from another that may lie in a folder of that name one day."""
    digest = hashlib.sha256(str(folder).encode())
    for entry in sorted(folder.iterdir()):
        status = entry.stat()
        digest.update(f"{entry.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]


@contextmanager
def _lock(cache: Path) -> Iterator[None]:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = FileLock(cache / "models.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            log.info("another process is preparing a model; waiting for it")
            lock.acquire()
    except OSError as error:
        raise ModelUnavailableError(f"MODEL_CACHE={cache} can't be written: {error}") from error
    try:
        yield
    finally:
        lock.release()
