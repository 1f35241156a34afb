"""Settings that every process shares, from the environment."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SharedSettings(BaseSettings):
    """Base of each service's own settings."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    redis_url: str = "redis://127.0.0.1:6379/0"
    """Where Redis listens, with password and database if any."""

    audio_ttl: int = Field(600, ge=30)
    """How long audio stays in Redis, seconds: the longest that an answer may take."""

    log_format: Literal["text", "json"] = "text"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
