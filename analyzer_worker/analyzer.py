"""What a sentiment analyzer must do."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol, runtime_checkable

from contract.values import Sentiment, SentimentLabel

LABELS: Final[tuple[SentimentLabel, ...]] = ("positive", "negative", "neutral")

UNDECIDED: Final = Sentiment(
    label="neutral", score=0.333, scores={"positive": 0.333, "negative": 0.333, "neutral": 0.333}
)
"""Where nothing can be told: neutral, with the even scores of somebody who doesn't know."""


class Text(NamedTuple):
    """What somebody said."""

    text: str
    language: str
    """ISO 639-1."""


@runtime_checkable
class SentimentAnalyzer(Protocol):
    """Tells how texts feel. Called by one thread only."""

    @property
    def name(self) -> str:
        """The kind of analyzer, as operators see it."""

    @property
    def model(self) -> str:
        """Which weights."""

    @property
    def device(self) -> str:
        """Where it runs: cpu, cuda."""

    @property
    def languages(self) -> list[str] | None:
        """ISO 639-1 codes it understands; null where the model's makers alone know."""

    @property
    def note(self) -> str:
        """What people should know of it, in a sentence; may be empty."""

    def analyze(self, texts: Sequence[Text]) -> Sequence[Sentiment | Exception]:
        """A sentiment, or what went wrong, for each text in order.

        Where it raises, the texts are tried singly.
        """


def sentiment_of(scores: dict[SentimentLabel, float]) -> Sentiment:
    """The sentiment whose label is the likeliest of the scores."""
    label = max(LABELS, key=lambda name: scores[name])
    rounded = {name: round(scores[name], 3) for name in LABELS}
    return Sentiment(label=label, score=rounded[label], scores=rounded)
