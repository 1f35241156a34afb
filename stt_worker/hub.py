"""Models from the Hugging Face hub: found on this machine, or downloaded while one can watch."""

import logging
import sys
import threading
from pathlib import Path
from typing import Any

import huggingface_hub
from huggingface_hub import constants
from tqdm.auto import tqdm

from contract.errors import ModelUnavailableError

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 5.0
"""The hub counts as unreachable when it has not answered by then, name resolution included."""

_SMALL_FILES = (
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
    "merges.txt",
    "vocabulary.json",
    "vocabulary.txt",
)


def find_local(repo: str) -> Path | None:
    """The folder of a model that was downloaded before, or None."""
    try:
        folder = huggingface_hub.snapshot_download(repo, local_files_only=True)
    except (OSError, ValueError):
        return None
    return Path(folder)


def list_files(repo: str, token: str | None) -> list[str]:
    """The names of a model's files on the hub; raises ModelUnavailableError."""
    _check_reachable(repo)
    try:
        return huggingface_hub.HfApi(token=token).list_repo_files(repo)
    except Exception as error:  # the hub's client raises what its HTTP library does, and more
        raise ModelUnavailableError(f"{repo} can't be had from the hub: {error}") from error


def download(repo: str, token: str | None) -> Path:
    """Fetch a model with a progress bar; raises ModelUnavailableError."""
    wanted = files_to_fetch(list_files(repo, token))
    log.info("downloading %s: %s", repo, ", ".join(wanted))
    try:
        folder = huggingface_hub.snapshot_download(
            repo, allow_patterns=wanted, token=token, tqdm_class=_Progress
        )
    except Exception as error:  # as above
        raise ModelUnavailableError(f"the download of {repo} failed: {error}") from error
    return Path(folder)


def files_to_fetch(names: list[str]) -> list[str]:
    """The files of a Whisper model that are worth their download: its weights once, not thrice."""
    shards = [name for name in names if name.startswith("model-") and name.endswith("safetensors")]
    for weights in (
        ["model.bin"],
        ["model.safetensors"],
        ["model.safetensors.index.json", *shards],
        ["pytorch_model.bin"],
    ):
        if all(name in names for name in weights):
            return [*weights, *(name for name in _SMALL_FILES if name in names)]
    raise ModelUnavailableError("no Whisper weights among its files: " + ", ".join(names[:20]))


def _check_reachable(repo: str) -> None:
    """Give up in seconds where there is no network: the hub's client would retry for half a minute.

    A thread asks, since neither name resolution nor a silent firewall keeps to a timeout.
    """
    if huggingface_hub.is_offline_mode():
        raise ModelUnavailableError(f"{repo} is not on this machine, and HF_HUB_OFFLINE is set")
    answer: list[Exception | None] = []

    def ask() -> None:
        try:
            huggingface_hub.get_session().head(constants.ENDPOINT, timeout=ANSWER_WITHIN_S)
            answer.append(None)
        except Exception as error:  # whatever it is, the hub can't be reached
            answer.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(ANSWER_WITHIN_S)
    problem = answer[0] if answer else TimeoutError(f"no answer within {ANSWER_WITHIN_S:.0f} s")
    if problem:
        raise ModelUnavailableError(
            f"{repo} is not on this machine, and {constants.ENDPOINT} can't be reached: {problem}"
        ) from problem


class _Progress(tqdm):  # type: ignore[misc]  # tqdm has no type information
    """The hub's progress, redrawn seldom where it goes to a log instead of a terminal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("name", None)
        kwargs.update(disable=False, mininterval=0.1 if sys.stderr.isatty() else 5.0)
        super().__init__(*args, **kwargs)
