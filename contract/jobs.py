"""Recordings: what a job is asked, the parts that it is done in, and how it stands.

A media worker owns a job. It orders parts of it from other workers; each answer is kept under the
part's name until the job ends, so that whoever owns the job next goes on from there.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, TypeAdapter

from contract.errors import SoriError
from contract.model import Message
from contract.values import Sentiment, Word

JOB_ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

JobId = Annotated[str, Field(pattern=JOB_ID_PATTERN)]


class Upload(Message):
    """A recording that was sent along and lies in the media store."""

    kind: Literal["upload"] = "upload"
    key: str
    """Its folder there."""
    name: str
    """As the caller called it."""


class Location(Message):
    """A recording to be fetched."""

    kind: Literal["location"] = "location"
    at: str
    """A path below MEDIA_ROOT, `http(s)://…` or `s3://bucket/key`."""


class JobRequest(Message):
    """What is to be done with a recording."""

    source: Upload | Location = Field(discriminator="kind")
    language: str
    """ISO 639-1 or `auto`."""
    num_speakers: int | None = None
    """Exactly so many; null = as many as are heard."""
    prompt: str | None = None
    """Names and terms that may come up."""
    callback_url: str | None = None
    text_only: bool = False
    """Leave out speakers, sentiment and acoustic features."""


class JobStatus(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED: Final = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})


class JobError(Message):
    """Why a job came to nothing."""

    code: str
    message: str


class JobFailedError(SoriError):
    """A job that came to nothing, as the one who asked for it sees it."""

    code: ClassVar[str] = "JOB_FAILED"

    def __init__(self, failure: JobError) -> None:
        super().__init__(failure.message)
        self.failure = failure


class JobState(Message):
    """How a job stands."""

    job_id: str
    status: JobStatus
    progress: float = Field(ge=0, le=100)
    """Percent, to a tenth; never goes back."""
    message: str
    """What is being done, in Korean."""
    message_en: str
    """The same in English."""
    created: str
    """ISO 8601 UTC."""
    updated: str
    """ISO 8601 UTC."""
    error: JobError | None = None


class JobAccepted(Message):
    """A job was begun."""

    job_id: str
    status: JobStatus
    message: str


class Piece(Message):
    """A stretch of a recording's speech: samples from `start` up to, but without, `end`."""

    start: int
    end: int


class Plan(Message):
    """How a recording is done, once it is decoded and cut."""

    samples: int
    """Of the decoded audio."""
    pieces: list[Piece]


class Part(Message):
    """What one worker does of a job."""

    job_id: str
    part: str
    """Its name within the job, as in `piece:12`."""


class PieceOrder(Part):
    """A stretch of speech to transcribe."""

    audio_key: str
    """Redis key of the audio (contract.audio says in which format)."""
    start: float
    """Of its first sample, seconds of the recording."""
    end: float
    language: str
    prompt: str | None


class TurnsOrder(Part):
    """A whole recording to tell the speakers of."""

    folder: str
    """In the media store; it holds the decoded audio (media_store.AUDIO)."""
    num_speakers: int | None


class TextsOrder(Part):
    """Texts to tell the feeling of."""

    texts: list[str]
    language: str
    """ISO 639-1."""


class PieceHeard(Message):
    """Answer to a PieceOrder. Empty text: nothing was said, or nothing could be relied upon."""

    kind: Literal["piece"] = "piece"
    start: float
    """Of the piece, as it was ordered."""
    end: float
    text: str
    words: list[Word]
    """Times in the recording."""
    joiner: str = " "
    """What goes between two words: a space, or nothing in scripts that use none."""
    language: str
    confidence: float
    engine: str
    """Engine and weights, for the result's `model_versions`."""


class HeardTurn(Message):
    """Somebody speaks."""

    start: float
    end: float
    speaker: str


class TurnsHeard(Message):
    """Answer to a TurnsOrder: turns as they were heard, and with one speaker at a time."""

    kind: Literal["turns"] = "turns"
    overlapping: list[HeardTurn]
    exclusive: list[HeardTurn]
    engine: str


class TextsFelt(Message):
    """Answer to a TextsOrder: a sentiment for each text."""

    kind: Literal["texts"] = "texts"
    sentiments: list[Sentiment]
    engine: str


class PartFailed(Message):
    """Answer to any order: the part can't be done."""

    kind: Literal["failed"] = "failed"
    code: str
    message: str


PartAnswer = PieceHeard | TurnsHeard | TextsFelt | PartFailed

_answers: TypeAdapter[PartAnswer] = TypeAdapter(Annotated[PartAnswer, Field(discriminator="kind")])


def parse_part_answer(data: str | bytes) -> PartAnswer:
    """Read a part's answer; raises pydantic.ValidationError."""
    return _answers.validate_json(data)
