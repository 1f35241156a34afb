"""What an operator can set about the transcription of speech."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from contract.settings import SharedSettings
from worker_runtime.plugins import is_import_path

ENGINES = ("auto", "whisper", "faster-whisper", "pocketsphinx")


class SttSettings(SharedSettings):
    """Settings of the STT worker, from the environment. An empty variable counts as unset."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    stt_engine: str = "auto"
    """auto | whisper | faster-whisper | pocketsphinx, or the import path of an engine of one's
    own, `package.module:Class` (see stt_worker.engine.Engine)."""

    stt_model: str = "base"
    """Whisper weights: a size ("base"), a hub id ("openai/whisper-base"), or the path of an OpenAI
    `.pt` file, a Hugging Face folder or a CTranslate2 folder."""

    stt_device: Literal["auto", "cpu", "cuda"] = "auto"

    stt_batch_size: int = Field(0, ge=0, le=256)
    """Most utterances transcribed in one go; 0 = what suits the engine and the device."""

    stt_threads: int = Field(0, ge=0, le=256)
    """CPU threads (or processes) of the engine; 0 = one for each core, 8 at most."""

    hf_token: SecretStr | None = None
    """For models on the hub that ask for one."""

    model_cache: Path = Field(
        default_factory=lambda: (
            Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sori"
        )
    )
    """Folder of converted models and of the lock that makes downloads happen once. Downloads
    themselves go to Hugging Face's own cache (HF_HOME)."""

    @field_validator("stt_engine")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        if value not in ENGINES and not is_import_path(value):
            raise ValueError(f"must be one of {', '.join(ENGINES)}, or package.module:Class")
        return value

    @property
    def model_is_explicit(self) -> bool:
        """Whether somebody asked for this very engine, model or device: then nothing stands in."""
        named = "stt_model" in self.model_fields_set or self.stt_engine != "auto"
        return named or self.stt_device == "cuda"

    @property
    def threads(self) -> int:
        """CPU threads to use."""
        return self.stt_threads or min(8, len(os.sched_getaffinity(0)))
