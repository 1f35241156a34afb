"""Whisper checkpoints of known output, written once for all tests of this folder."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stt_worker.engine import Audio
from stt_worker.engines.whisper.checkpoint import load_openai
from stt_worker.engines.whisper.engine import WhisperEngine
from tests.support.whisper_checkpoint import (
    write_ct2_folder,
    write_hf_folder,
    write_openai_checkpoint,
)

ENGLISH = "Hello there, my friend! It works."
KOREAN = "안녕하세요, 반갑습니다."


@pytest.fixture(scope="session")
def openai_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_openai_checkpoint(tmp_path_factory.mktemp("openai") / "english.pt", ENGLISH)


@pytest.fixture(scope="session")
def hf_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hf_folder(tmp_path_factory.mktemp("hf") / "korean", KOREAN, "ko")


@pytest.fixture(scope="session")
def ct2_folder(tmp_path_factory: pytest.TempPathFactory, hf_folder: Path) -> Path:
    return write_ct2_folder(tmp_path_factory.mktemp("ct2") / "korean", hf_folder)


@pytest.fixture(scope="session")
def whisper(openai_checkpoint: Path) -> WhisperEngine:
    return WhisperEngine(load_openai(openai_checkpoint, "cpu"), "english")


@pytest.fixture(scope="session")
def noise() -> Callable[[float], Audio]:
    """Seconds → that much noise, different for each length."""

    def make(seconds: float) -> Audio:
        count = round(seconds * 16_000)
        return np.random.default_rng(count).normal(0, 0.1, count).astype(np.float32)

    return make
