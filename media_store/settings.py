"""What the processes that deal with recordings share of their settings."""

import tempfile
from pathlib import Path

from pydantic import Field

from contract.settings import SharedSettings


class MediaStoreSettings(SharedSettings):
    """Where recordings lie."""

    media_store: str = Field(
        default_factory=lambda: str(Path(tempfile.gettempdir()) / "sori-media")
    )
    """A folder or `s3://bucket/prefix` that gateways, media workers and diarization workers
    share. What a job leaves there goes when it ends; results go with the job."""

    s3_endpoint_url: str | None = None
    """An S3 service other than Amazon's; keys and region come from the usual AWS variables."""

    max_media_mb: int = Field(2_000, gt=0)
    """The largest recording that is fetched, or sent to be analysed, MB (1,000,000 bytes)."""

    job_ttl: int = Field(86_400, ge=60)
    """How long a job that has ended is remembered, with its result, seconds."""
