import logging
from pathlib import Path

import pytest
from huggingface_hub import constants
from pydantic import ValidationError

from contract.errors import ModelUnavailableError
from contract.values import EngineInfo
from stt_worker import hub
from stt_worker.__main__ import main
from stt_worker.engine import Engine, Heard, Item
from stt_worker.engines.pocketsphinx.engine import PocketSphinxEngine
from stt_worker.loading import load_engine
from stt_worker.settings import SttSettings


class Parrot(Engine):
    """An engine of one's own."""

    def __init__(self) -> None:
        self.info = EngineInfo(name="parrot", model="none", device="cpu")

    def transcribe(self, items: list[Item]) -> list[Heard | Exception]:
        return [Heard(item.prompt or "", [], item.language, 1.0) for item in items]


class Mute:
    """Something that is no engine."""


@pytest.fixture(autouse=True)
def _bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No weights anywhere and no way to the hub, whatever this machine has."""
    for name in ("STT_ENGINE", "STT_MODEL", "STT_DEVICE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("STT_THREADS", "1")
    monkeypatch.setattr(hub, "find_local", lambda _repo: None)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def test_where_no_whisper_can_be_had_pocketsphinx_stands_in_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        loaded = load_engine(SttSettings())
    assert isinstance(loaded.engine, PocketSphinxEngine)
    loaded.engine.close()
    for part in ("pocketsphinx stands in", "HF_HUB_OFFLINE", "STT_MODEL"):
        assert part in loaded.note
        assert part in caplog.text
    assert "Whisper weights" in loaded.engine.advice


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("STT_MODEL", "small", "HF_HUB_OFFLINE"),
        ("STT_MODEL", "/no/such/model.pt", "no file or folder"),
        ("STT_ENGINE", "whisper", "HF_HUB_OFFLINE"),
        ("STT_ENGINE", "no.such.module:Engine", "can't be loaded"),
        ("STT_ENGINE", f"{__name__}:Mute", "is no engine: it has no info"),
        ("STT_DEVICE", "cuda", "."),
    ],
)
def test_what_was_asked_for_is_loaded_or_fails(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ModelUnavailableError, match=message):
        load_engine(SttSettings())
    assert main() != 0


def test_faster_whisper_refuses_an_openai_checkpoint_by_name(
    monkeypatch: pytest.MonkeyPatch, openai_checkpoint: Path
) -> None:
    monkeypatch.setenv("STT_MODEL", str(openai_checkpoint))
    monkeypatch.setenv("STT_ENGINE", "faster-whisper")
    with pytest.raises(ModelUnavailableError, match="an OpenAI checkpoint"):
        load_engine(SttSettings())


def test_each_format_finds_its_engine(
    monkeypatch: pytest.MonkeyPatch, openai_checkpoint: Path, hf_folder: Path, ct2_folder: Path
) -> None:
    for path, engine in (
        (openai_checkpoint, "whisper"),
        (hf_folder, "faster-whisper"),
        (ct2_folder, "faster-whisper"),
    ):
        monkeypatch.setenv("STT_MODEL", str(path))
        loaded = load_engine(SttSettings())
        assert (loaded.engine.info.name, loaded.engine.info.model) == (engine, str(path))
        assert engine in loaded.note
        assert "ko" in (loaded.engine.languages or [])


def test_weights_that_one_whisper_cannot_load_go_to_the_other(
    monkeypatch: pytest.MonkeyPatch, hf_folder: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("STT_MODEL", str(hf_folder))
    (tmp_path / "sori").touch()  # where the conversion for faster-whisper would go
    loaded = load_engine(SttSettings())
    assert loaded.engine.info.name == "whisper"
    assert "First tried" in loaded.note


def test_an_engine_of_ones_own_is_named_by_import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STT_ENGINE", f"{__name__}:Parrot")
    loaded = load_engine(SttSettings())
    assert loaded.engine.info.name == "parrot"
    assert loaded.engine.batch_size == 1


def test_an_unknown_engine_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STT_ENGINE", "wisper")
    with pytest.raises(ValidationError, match="must be one of auto"):
        SttSettings()
    assert main() != 0


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STT_MODEL", "")
    monkeypatch.setenv("HF_TOKEN", "")
    settings = SttSettings()
    assert settings.stt_model == "base"
    assert settings.hf_token is None
    assert not settings.model_is_explicit
