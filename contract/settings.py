"""Settings that every process shares, from the environment."""

import os
from typing import Literal

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)


class SharedSettings(BaseSettings):
    """Base of each service's own settings."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    redis_url: str = "redis://127.0.0.1:6379/0"
    """Where Redis listens, with password and database if any."""

    audio_ttl: int = Field(600, ge=30)
    """How long audio stays in Redis, seconds: the longest that an answer may take."""

    log_format: Literal["text", "json"] = "text"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then SECRETS_DIR: a folder with a file named for each setting in it."""
        folder = os.environ.get("SECRETS_DIR")
        if not folder:
            return init_settings, env_settings
        return init_settings, env_settings, SecretsSettingsSource(settings_cls, secrets_dir=folder)
