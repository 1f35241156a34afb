"""What callers send about a recording, whether it came as a form or as JSON."""

from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from contract.jobs import JobId, JobRequest, Location, Upload
from contract.model import Message
from contract.parameters import AUTO_LANGUAGE

LANGUAGE: Final = r"^(auto|[a-z]{2,3})$"


def _http(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("should be an http or https URL")
    return url


Place = Annotated[str, Field(min_length=1, max_length=4096)]


class Wanted(Message):
    """What is wanted of a recording."""

    language: str = Field(AUTO_LANGUAGE, pattern=LANGUAGE, description="ISO 639-1, or `auto`.")
    job_id: JobId | None = Field(None, description="Left out: one is made.")
    callback_url: Annotated[str, AfterValidator(_http)] | None = Field(
        None,
        max_length=4096,
        description="Progress and the end are POSTed there. Private addresses are refused unless"
        " ALLOWED_HOSTS names them.",
        examples=["https://example.org/sori"],
    )
    num_speakers: int | None = Field(
        None, ge=1, le=100, description="Exactly so many; left out: as many as are heard."
    )

    def request(self, source: Upload | Location) -> JobRequest:
        """The same as workers get it."""
        return JobRequest(
            source=source,
            language=self.language,
            num_speakers=self.num_speakers,
            callback_url=self.callback_url,
        )


class TranscribeBody(Wanted):
    """A recording to be fetched."""

    video_path: Place | None = Field(
        None,
        description="A path below MEDIA_ROOT, `http(s)://…` or `s3://bucket/key`.",
        examples=["meetings/monday.mp4"],
    )
    audio_path: Place | None = Field(
        None, description="The recording's sound alone, where it lies elsewhere: it is taken then."
    )

    @model_validator(mode="before")
    @classmethod
    def _some_path(cls, data: Any) -> Any:
        if isinstance(data, dict) and not (data.get("video_path") or data.get("audio_path")):
            raise ValueError("video_path: a recording is missing")
        return data

    @property
    def location(self) -> Location:
        """Where the recording lies."""
        return Location(at=self.audio_path or self.video_path or "")
