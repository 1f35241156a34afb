"""Work on its way through the stages: sent by the gateway, added to by workers, then settled.

SpeechJob → Transcript → Attribution → Transcribed ┐
EnrolmentJob                         → Enrolled    │
RecallJob                            → Recalled    ├→ results stream
any of them                          → Failed      ┘
"""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter
from redis.typing import EncodableT, FieldT

from contract.events import RegistrationFailure
from contract.model import Message
from contract.values import Sentiment, Word


class Stage(StrEnum):
    """The stages whose workers scale out."""

    STT = "stt"
    DIARIZATION = "diarization"
    SENTIMENT = "sentiment"


Marks = dict[str, float]
"""When each part of the way was done, seconds since the epoch: `heard`, `cut`, each `Stage`."""

HEARD = "heard"
"""The utterance's last voiced sample arrived."""

CUT = "cut"
"""The endpointer decided that the utterance is over."""


class Job(Message):
    """Something that a session's client is owed the answer of."""

    session_id: str
    utterance_id: int
    """1, 2, 3, … in a session, over all kinds of jobs: the order of the answers."""


class AudioJob(Job):
    """A job about a piece of the session's audio."""

    audio_key: str
    """Redis key of the audio (contract.audio says in which format)."""


class SpeechJob(AudioJob):
    """An utterance to transcribe."""

    start: float
    """Of the audio's first sample, seconds since the transcription began."""
    end: float
    speech_start: float
    """Of its first voiced sample: what is said in it lies between this and `speech_end`, where
    nothing tells it better."""
    speech_end: float
    """Just after its last voiced sample."""
    language: str
    """ISO 639-1 or `auto`."""
    prompt: str | None
    num_speakers: int
    similarity_threshold: float
    marks: Marks


class EnrolmentJob(AudioJob):
    """A speaker's voice to remember in this session."""

    speaker_id: int
    name: str | None
    speech_seconds: float
    """Voiced speech in the audio."""


class RecallJob(Job):
    """Voices of the registry that take the speaker ids 0, 1, … of this session, in this order."""

    speakers: list[str]
    """Registry ids."""


AnyJob = SpeechJob | EnrolmentJob | RecallJob


class InterimJob(Message):
    """The utterance in progress, for a first impression of its text. May be dropped."""

    session_id: str
    utterance_id: int
    audio_key: str
    language: str
    prompt: str | None


class Hypothesis(Message):
    """What an interim job heard so far; published on the session's channel, never stored."""

    utterance_id: int
    words: list[str]
    """Each without surrounding spaces; empty where nothing was recognised."""
    joiner: str = " "
    """What goes between two words: a space, or nothing in scripts that use none."""


class Transcript(Message):
    """What was said in an utterance. Empty text: nobody spoke, or nothing could be relied upon."""

    job: SpeechJob
    """With the mark of this stage added."""
    text: str
    words: list[Word]
    """Times on the session's clock."""
    language: str
    confidence: float
    """0 to 1."""


class Segment(Message):
    """A stretch of an utterance with one speaker."""

    segment_id: str
    speaker_id: int | None
    speaker: str | None
    text: str
    start: float
    end: float
    words: list[Word]


class AnalyzedSegment(Segment):
    """A segment and how it felt."""

    sentiment: Sentiment


CORRECTABLE_UTTERANCES: Final = 256
"""The last ones with text whose speakers may still be corrected."""


class Correction(Message):
    """A later, better decision about segments of utterances before."""

    segment_ids: list[str]
    speaker_id: int | None
    speaker: str | None


class Attribution(Message):
    """Who said what in an utterance. No segments where nothing was said."""

    job: SpeechJob
    segments: list[Segment]
    corrections: list[Correction] = Field(default_factory=list)
    """Of utterances before this one, in order."""
    language: str
    confidence: float


class Transcribed(Message):
    """Outcome: an utterance went all the way. No segments: nothing to tell."""

    kind: Literal["transcribed"] = "transcribed"
    job: SpeechJob
    segments: list[AnalyzedSegment]
    corrections: list[Correction] = Field(default_factory=list)
    language: str
    confidence: float


class Enrolled(Message):
    """Outcome: a voice print is in force."""

    kind: Literal["enrolled"] = "enrolled"
    job: EnrolmentJob
    quality: float
    """0 to 1."""


class RecalledVoice(Message):
    """A voice of the registry that now speaks in the session."""

    speaker_id: int
    name: str | None
    speech_seconds: float
    """Behind its voice print."""
    quality: float
    """0 to 1."""


class Recalled(Message):
    """Outcome: voices of the registry are in force."""

    kind: Literal["recalled"] = "recalled"
    job: RecallJob
    voices: list[RecalledVoice]


class EnrolmentRefused(Message):
    """Outcome: no voice print could be made of this audio."""

    kind: Literal["enrolment_refused"] = "enrolment_refused"
    job: EnrolmentJob
    code: RegistrationFailure


class Failed(Message):
    """Outcome: the work can't be done; the client is told."""

    kind: Literal["failed"] = "failed"
    job: AnyJob
    code: str
    message: str


class Closed(Message):
    """A session was closed by its gateway; its numbers are final."""

    kind: Literal["closed"] = "closed"
    session_id: str
    reason: str


Outcome = Transcribed | Enrolled | EnrolmentRefused | Recalled | Failed
Result = Outcome | Closed

_results: TypeAdapter[Result] = TypeAdapter(Annotated[Result, Field(discriminator="kind")])
_jobs: TypeAdapter[AnyJob] = TypeAdapter(AnyJob)


def parse_result(data: str | bytes) -> Result:
    """Read an entry of the results stream; raises pydantic.ValidationError."""
    return _results.validate_json(data)


def result_entry(result: Result) -> dict[FieldT, EncodableT]:
    """A result as an entry of the results stream."""
    return {"result": result.model_dump_json()}


def parse_job(data: str | bytes) -> AnyJob:
    """Read an entry of a session's ledger; raises pydantic.ValidationError."""
    return _jobs.validate_json(data)
