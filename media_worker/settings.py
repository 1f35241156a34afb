"""What a media worker can be told through the environment."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from media_store.settings import MediaStoreSettings


class MediaSettings(MediaStoreSettings):
    """Settings of the media worker. An empty variable counts as unset."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    media_root: Path | None = None
    """Folder below which recordings may be named by their paths; unset = no paths are taken."""

    media_buckets: str | None = None
    """Comma-separated S3 buckets that recordings may be fetched from; unset = every bucket that
    the AWS keys open, but for the media store itself."""

    allowed_hosts: str | None = None
    """Comma-separated host names, addresses and networks that recordings are fetched from and
    callbacks are sent to although they are private, as in `nas.local,10.1.0.0/16`."""

    media_jobs: int = Field(2, ge=1, le=32)
    """Recordings in hand at once, for each media worker."""

    max_recording_s: int = Field(10_800, gt=0)
    """The longest recording, seconds."""

    fetch_timeout: int = Field(600, gt=0)
    """How long fetching a recording may take, seconds."""

    job_timeout: int = Field(14_400, gt=0)
    """How long a job may take from the time when it was asked for, seconds."""

    piece_seconds: int = Field(0, ge=0, le=29)
    """The longest piece that is transcribed at once, seconds; 0 = what suits the engine."""

    callback_secret: SecretStr | None = None
    """Callbacks are signed with it (X-Sori-Signature)."""
