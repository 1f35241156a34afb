"""The registry of voice prints: what a gateway asks of a diarization worker, and what it is told.

A question goes out as a task (`TaskName.SPEAKERS`) with the name of the key under which the answer
is awaited (`names.answer_key`); audio lies in Redis, as it was uploaded, under `Upload.key`.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter

from contract.errors import SoriError
from contract.model import Message

SPEAKER_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

RESERVED_IDS = frozenset({"register", "identify", "export", "import", "reembed", "map.svg"})
"""They are paths below /speakers."""

MAX_SAMPLES = 50
"""Recordings behind one voice print; the oldest make room."""

DEFAULT_THRESHOLD = 0.7
"""Score from which an identified voice is a known one."""

SpeakerId = Annotated[str, Field(pattern=SPEAKER_ID_PATTERN)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class VoicePrint(Message):
    """A registered voice as it is shown: never with its embedding unless that was asked for."""

    speaker_id: str
    name: str | None
    samples: int
    """Recordings behind it."""
    speech_seconds: float
    """Voiced speech behind it."""
    encoder: str
    """Which encoder made it, as `name/model`; prints of different encoders are never compared."""
    created: str
    """ISO 8601 UTC."""
    updated: str
    """ISO 8601 UTC."""
    embedding: list[float] | None = Field(None, repr=False)
    """Unit vector, shape [dim]."""


class Candidate(Message):
    """A registered voice that a recording may be of."""

    speaker_id: str
    name: str | None
    score: float
    """Calibrated: 0 to 1."""


class Sample(Message):
    """One recording behind a voice print, as it is kept and exported."""

    embedding: list[float] = Field(repr=False)
    """Unit vector, shape [dim]."""
    speech_seconds: float
    audio_base64: str | None = Field(None, repr=False)
    """FLAC; where samples are kept (KEEP_SAMPLES)."""


class StoredPrint(Message):
    """A voice print with all that makes it: what an export holds, a line each."""

    speaker_id: SpeakerId
    name: Name | None
    encoder: str
    created: str
    updated: str
    samples: list[Sample] = Field(min_length=1, max_length=MAX_SAMPLES)


class Register(Message):
    """Create a voice print, or add recordings to it."""

    op: Literal["register"] = "register"
    speaker_id: SpeakerId | None = None
    """Null: an anonymous one is made, which nobody can guess."""
    name: Name | None = None
    """Null: as it was."""
    uploads: list[str] = Field(min_length=1, max_length=10)
    """Redis keys of recordings, in any format that ffmpeg reads."""


class Identify(Message):
    """Tell whose voice a recording is."""

    op: Literal["identify"] = "identify"
    upload: str
    """Redis key of the recording."""
    threshold: float = Field(DEFAULT_THRESHOLD, ge=0, le=1)
    top_k: int = Field(5, ge=1, le=100)
    """Candidates to name."""


class ListPrints(Message):
    """Read the registry, by speaker_id."""

    op: Literal["list"] = "list"
    offset: int = Field(0, ge=0)
    limit: int = Field(100, ge=1, le=1000)
    embedding: bool = False


class Show(Message):
    """Read one voice print."""

    op: Literal["show"] = "show"
    speaker_id: SpeakerId
    embedding: bool = False


class Delete(Message):
    """Delete a voice print and its samples for good."""

    op: Literal["delete"] = "delete"
    speaker_id: SpeakerId


class Export(Message):
    """Read stored prints whole, a page at a time.

    With kept samples a page may hold fewer than `limit`: go on at `offset` + what there was.
    """

    op: Literal["export"] = "export"
    offset: int = Field(0, ge=0)
    limit: int = Field(100, ge=1, le=1000)


class Import(Message):
    """Write stored prints; one that exists is replaced."""

    op: Literal["import"] = "import"
    prints: list[StoredPrint] = Field(min_length=1, max_length=1000)


class Reembed(Message):
    """Make the prints of other encoders anew from their kept samples.

    Asked again while `Reembedded.remaining` is not 0: each answer is soon there.
    """

    op: Literal["reembed"] = "reembed"
    limit: int = Field(20, ge=1, le=1000)
    """Prints to make at most."""


class DrawMap(Message):
    """Draw the voice prints in two dimensions."""

    op: Literal["map"] = "map"


Question = Register | Identify | ListPrints | Show | Delete | Export | Import | Reembed | DrawMap


class Registered(Message):
    """Answer to `Register`."""

    kind: Literal["registered"] = "registered"
    voice_print: VoicePrint
    quality: float
    """0 to 1: how alike the recordings are to each other, and how much was heard."""


class Identified(Message):
    """Answer to `Identify`."""

    kind: Literal["identified"] = "identified"
    speaker_id: str | None
    """Null: none of the registered voices."""
    known: bool
    score: float
    """Of the best candidate; 0 where there is none."""
    candidates: list[Candidate]
    """The best first."""
    outdated: int = 0
    """Voice prints of another encoder, which were not compared: they need re-enrolment."""


class Prints(Message):
    """Answer to `ListPrints` (and, with one, to `Show`)."""

    kind: Literal["prints"] = "prints"
    prints: list[VoicePrint]
    total: int


class Deleted(Message):
    """Answer to `Delete`."""

    kind: Literal["deleted"] = "deleted"
    speaker_id: str


class Exported(Message):
    """Answer to `Export`."""

    kind: Literal["exported"] = "exported"
    prints: list[StoredPrint]
    total: int


class Imported(Message):
    """Answer to `Import`."""

    kind: Literal["imported"] = "imported"
    count: int


class Reembedded(Message):
    """Answer to `Reembed`."""

    kind: Literal["reembedded"] = "reembedded"
    made: int
    remaining: int = 0
    """Prints of other encoders that were not looked at yet: ask again."""
    needs_enrolment: list[str]
    """Ids without kept samples: only their speakers can help."""


class Map(Message):
    """Answer to `DrawMap`."""

    kind: Literal["map"] = "map"
    svg: str


class Refused(Message):
    """Answer to anything that could not be done."""

    kind: Literal["refused"] = "refused"
    code: str
    """Of a class in contract.errors."""
    message: str
    retryable: bool


Answer = (
    Registered | Identified | Prints | Deleted | Exported | Imported | Reembedded | Map | Refused
)

_questions: TypeAdapter[Question] = TypeAdapter(Annotated[Question, Field(discriminator="op")])
_answers: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])


def parse_question(payload: dict[str, Any]) -> Question:
    """Read a task's payload; raises pydantic.ValidationError."""
    return _questions.validate_python(payload)


def parse_answer(data: str | bytes) -> Answer:
    """Read an answer; raises pydantic.ValidationError."""
    return _answers.validate_json(data)


class RefusedError(SoriError):
    """A question that was refused, as the one who asked it sees it."""

    code: ClassVar[str] = "REFUSED"

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused
