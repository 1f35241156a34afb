"""The gateway's settings, from the environment."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contract.parameters import AUTO_LANGUAGE, Parameters
from media_store.settings import MediaStoreSettings


class GatewaySettings(MediaStoreSettings):
    """Where the gateway listens, whom it lets in, how patient it is."""

    gateway_host: str = "127.0.0.1"
    gateway_port: int = Field(8000, ge=0, le=65535)
    """0 = any free port."""

    api_keys: SecretStr = SecretStr("")
    """Comma-separated keys that clients must present; empty = open to everybody."""

    max_sessions: int = Field(200, ge=1)
    """Connections that one gateway process serves at once."""

    idle_timeout: float = Field(60, ge=1)
    """A connection that sends nothing for longer is closed, seconds."""

    send_timeout: float = Field(10, ge=0.1)
    """A client that takes nothing for longer is told and closed, seconds."""

    max_upload_mb: float = Field(25, gt=0)
    """The largest recording that /speakers and /batch take, MB (1,000,000 bytes)."""

    max_request_mb: float = Field(50, gt=0)
    """The largest request there, all its recordings together, MB; base64 counts a third more."""

    speakers_timeout: float = Field(15, gt=0, le=60)
    """How long a worker may take to answer a question about speakers, seconds."""

    max_jobs: int = Field(100, ge=1)
    """Recordings that wait or are in work at once, for the whole server."""

    media_upload_timeout: int = Field(900, gt=0)
    """How long a recording that is to be analysed may take to arrive, seconds."""

    @property
    def keys(self) -> frozenset[str]:
        """The API keys, one by one."""
        return frozenset(filter(None, map(str.strip, self.api_keys.get_secret_value().split(","))))


class ParameterDefaults(Parameters, BaseSettings):
    """The parameters of sessions that ask for nothing else, e.g. SILENCE_DURATION=0.7."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    @field_validator("language", mode="before")
    @classmethod
    def _not_gettexts(cls, value: object) -> object:
        return AUTO_LANGUAGE if isinstance(value, str) and is_gettexts(value) else value


def is_gettexts(language: str) -> bool:
    """Desktops set LANGUAGE for gettext, as in `en_US:en`: that is not meant for us."""
    return bool(set(language) & set("_:."))
