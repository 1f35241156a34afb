"""What the TCP server goes by: `config_vad.yaml`, and the environment over it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from contract.client_messages import describe
from contract.errors import PermanentError
from contract.model import Message
from contract.parameters import AUTO_LANGUAGE, Parameters
from gateway_service.settings import is_gettexts

FILE: Final = "config_vad.yaml"

ENVIRONMENT: Final[Mapping[str, tuple[str, str]]] = {
    "TCP_HOST": ("network", "ip"),
    "TCP_PORT": ("network", "port"),
    "TCP_CHANNELS": ("model", "channel"),
    "TCP_CERTIFICATE": ("network", "certificate"),
    "TCP_KEY": ("network", "key"),
    "TCP_PROXY_PROTOCOL": ("network", "proxy_protocol"),
    "IDLE_TIMEOUT": ("network", "socket_timeout"),
    "LANGUAGE": ("model", "language"),
    "VAD_MODE": ("vad", "mode"),
    "SAVE_PCM": ("save_pcm", "enabled"),
    "SAVE_PCM_DIRECTORY": ("save_pcm", "directory"),
}
"""Variables that stand above the file, and what they stand for."""


class ConfigError(PermanentError):
    """The file or a variable says what can't be."""

    code = "BAD_CONFIG"


class Audio(Message):
    """What clients send; nothing else can be chosen."""

    frame_size: Literal[480] = 480
    """Samples."""
    sample_rate: Literal[16000] = 16000
    frame_duration_ms: Literal[30] = 30


class Network(Message):
    """Where clients connect."""

    socket_timeout: float = Field(60, gt=0)
    """A connection that sends nothing for longer is closed, seconds."""
    ip: str = "127.0.0.1"
    port: int = Field(5000, ge=0, le=65535)
    """0 = any free port."""
    certificate: Path | None = None
    """PEM file: TLS only."""
    key: Path | None = None
    proxy_protocol: bool = False
    """Each connection begins with a PROXY header, version 1 or 2, of the proxy before us."""


class Model(Message):
    """What transcribes; size and device are for the STT workers that `make up` starts."""

    size: str | None = None
    device: Literal["auto", "cpu", "cuda"] | None = None
    language: str = AUTO_LANGUAGE
    channel: int = Field(50, ge=1)
    """Users at once."""


class Vad(Message):
    """Where an utterance ends."""

    mode: int = Field(1, ge=0, le=3)
    silence_frames: int = Field(16, ge=7, le=100)
    """Frames of 30 ms."""
    max_speech_s: float = Field(10, ge=2, le=30)


class SavePcm(Message):
    """Whether each recognition's audio is kept, as WAV."""

    enabled: bool = False
    directory: Path = Path("recordings")
    max_mb: float = Field(100, gt=0, le=4000)
    """Of one recognition, MB (1,000,000 bytes); what comes after is not kept."""
    max_days: float = Field(7, gt=0)
    """Older files are removed."""
    max_total_mb: float = Field(10_000, gt=0)
    """Of all together, those in progress counted as `max_mb`: the oldest are removed."""

    @model_validator(mode="after")
    def _holds_one(self) -> Self:
        if self.max_total_mb <= self.max_mb:
            raise ValueError("max_total_mb must be more than max_mb")
        return self


class TcpConfig(Message):
    """All of it."""

    audio: Audio = Audio()
    network: Network = Network()
    model: Model = Model()
    vad: Vad = Vad()
    save_pcm: SavePcm = SavePcm()

    def parameters(self, defaults: Parameters) -> Parameters:
        """The parameters of each recognition: these, and the `defaults` of the rest."""
        own = {
            "vad_mode": self.vad.mode,
            "silence_duration": self.vad.silence_frames * self.audio.frame_duration_ms / 1000,
            "max_segment_duration": self.vad.max_speech_s,
            "language": self.model.language,
        }
        return defaults.model_validate({**dict(defaults), **own})


def load_config(environment: Mapping[str, str] = os.environ) -> TcpConfig:
    """Read the file that CONFIG_VAD names, or `config_vad.yaml` here; none = the defaults.

    Raises ConfigError, which names what is wrong.
    """
    named = environment.get("CONFIG_VAD")
    path = Path(named or FILE)
    given: Any = {}
    try:
        given = yaml.safe_load(path.read_text()) or {}
    except FileNotFoundError as error:
        if named:
            raise ConfigError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: sections are wanted, such as `network:`")
    for variable, (section, name) in ENVIRONMENT.items():
        value = environment.get(variable)
        if not value or (variable == "LANGUAGE" and is_gettexts(value)):
            continue
        if isinstance(given.setdefault(section, {}), dict):
            given[section][name] = value
    try:
        return TcpConfig.model_validate(given)
    except ValidationError as error:
        raise ConfigError(describe(error, str(path))) from error


def for_workers(config: TcpConfig) -> dict[str, str]:
    """What the file says to the STT workers, as their settings."""
    named = {"STT_MODEL": config.model.size, "STT_DEVICE": config.model.device}
    return {variable: value for variable, value in named.items() if value}
