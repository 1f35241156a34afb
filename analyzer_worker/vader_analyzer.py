"""The embedded analyzer: VADER, a lexicon with rules, for English."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from analyzer_worker.analyzer import UNDECIDED, Text, sentiment_of
from contract.errors import ModelUnavailableError
from contract.values import Sentiment

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import (  # type: ignore[import-untyped]
        SentimentIntensityAnalyzer,
    )

NEUTRAL_BELOW: Final = 0.05
"""Compound scores nearer to zero are neutral, as VADER's authors advise."""


class VaderAnalyzer:
    """Hutto & Gilbert 2014, "VADER: a parsimonious rule-based model for sentiment analysis"."""

    name: ClassVar[str] = "vader"
    model: ClassVar[str] = "embedded"
    device: ClassVar[str] = "cpu"
    languages: ClassVar[list[str]] = ["en"]
    note: ClassVar[str] = (
        "VADER understands English only: other languages are answered neutral, with even scores."
        " SENTIMENT_MODEL takes any text-classification model of Hugging Face."
    )

    def __init__(self, rules: "SentimentIntensityAnalyzer") -> None:
        self._rules = rules

    @classmethod
    def load(cls) -> "VaderAnalyzer":
        """Read the lexicon; raises ModelUnavailableError."""
        try:
            from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

            return cls(SentimentIntensityAnalyzer())
        except (ImportError, OSError) as error:
            raise ModelUnavailableError(f"VADER can't be loaded: {error}") from error

    def analyze(self, texts: Sequence[Text]) -> list[Sentiment | Exception]:
        """A sentiment for each text."""
        return [self._sentiment(text) for text in texts]

    def _sentiment(self, text: Text) -> Sentiment:
        if text.language not in self.languages:
            return UNDECIDED
        return sentiment_from_compound(float(self._rules.polarity_scores(text.text)["compound"]))


def sentiment_from_compound(compound: float) -> Sentiment:
    """Scores whose likeliest label is the one that VADER's thresholds give.

    They order texts by strength; they are no calibrated probabilities. `compound` is -1 to 1.
    """
    felt = abs(compound) / (abs(compound) + NEUTRAL_BELOW)
    return sentiment_of(
        {
            "positive": felt if compound > 0 else 0.0,
            "negative": felt if compound < 0 else 0.0,
            "neutral": 1 - felt,
        }
    )
