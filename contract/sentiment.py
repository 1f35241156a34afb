"""How texts feel: what a gateway asks of an analyzer worker, and what it is told.

A question goes out as a task (`TaskName.JUDGE`) with the name of the key under which the answer is
awaited (`names.answer_key`), as questions about speakers do.
"""

from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from contract.model import Message
from contract.speakers import Refused
from contract.values import Sentiment

MAX_TEXTS: Final = 64
MAX_CHARACTERS: Final = 2000
"""Of one text: some minutes of speech."""

Language = Annotated[str, Field(pattern="^[a-z]{2}$")]
"""ISO 639-1."""


class JudgeTexts(Message):
    """Tell how texts feel."""

    texts: list[Annotated[str, Field(max_length=MAX_CHARACTERS)]] = Field(
        min_length=1, max_length=MAX_TEXTS
    )
    language: Language | None = None
    """Of all of them; null: told by the letters of each."""


class TextSentiment(Sentiment):
    """How a text felt, and in which language it was read."""

    language: str
    """ISO 639-1; `und` for a text without letters."""


class Judged(Message):
    """Answer to `JudgeTexts`."""

    kind: Literal["judged"] = "judged"
    sentiments: list[TextSentiment]
    """One for each text, in order."""


_answers: TypeAdapter[Judged | Refused] = TypeAdapter(
    Annotated[Judged | Refused, Field(discriminator="kind")]
)


def parse_judgement(data: str | bytes) -> Judged | Refused:
    """Read an answer; raises pydantic.ValidationError."""
    return _answers.validate_json(data)
