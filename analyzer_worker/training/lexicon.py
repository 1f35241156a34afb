"""Sentences about nothing, to learn what English words weigh: VADER's lexicon in plain frames."""

import random
from collections.abc import Mapping
from typing import Final

from analyzer_worker.training.corpus import Example
from analyzer_worker.training.turns import Turns

STRONG: Final = 1.0
"""Words rated weaker, on VADER's scale of -4 to 4, are left out."""

_FRAMES: Final = (
    "{word}",
    "{very} {word}",
    "{about} is {word}",
    "{about} was {very} {word}",
    "{about} {word}",
    "{filler} {word}",
    "{word} {about}",
    "{word} and {same}",
    "a {word} {thing}",
    "{about} and {word}",
    "{about} was {word} and {same}",
    "{person} {word} {about}",
    "the {thing} {word} the {thing}",
    "{word} in {place}",
    "{about} with {word} and {same}",
)
_NEGATED: Final = (
    "not {word}",
    "{about} is not {word}",
    "{about} isn't {very} {word}",
    "{about} was never {word}",
    "no {word}",
    "{about} is hardly {word}",
)


def read_valences() -> dict[str, float]:
    """Words and what people feel at them: -4 to 4.

    Hutto and Gilbert 2014, "VADER: a parsimonious rule-based model for sentiment analysis".
    """
    from vaderSentiment.vaderSentiment import (  # type: ignore[import-untyped]
        SentimentIntensityAnalyzer,
    )

    lexicon: dict[str, float] = SentimentIntensityAnalyzer().lexicon
    return {word: value for word, value in lexicon.items() if word.isascii() and word.isalpha()}


class LexiconSentences:
    """Makes sentences whose one strong word, or two alike, say how they feel."""

    def __init__(self, valences: Mapping[str, float], turns: Turns) -> None:
        self._turns = turns
        self._good = [word for word, value in valences.items() if value >= STRONG]
        self._bad = [word for word, value in valences.items() if value <= -STRONG]

    def make(self, count: int, rng: random.Random) -> list[Example]:
        """So many sentences, half of them glad."""
        return [self._one(glad=index % 2 == 0, rng=rng) for index in range(count)]

    def _one(self, *, glad: bool, rng: random.Random) -> Example:
        negated = glad is False and rng.random() < 0.2
        words = self._good if glad or negated else self._bad
        frame = rng.choice(_NEGATED if negated else _FRAMES)
        fills = {
            name: self._turns.choose(name, rng)
            for name in ("very", "about", "filler", "thing", "person", "place")
        }
        text = frame.format(word=rng.choice(words), same=rng.choice(words), **fills)
        text = text.format(**fills)
        return Example(text, "positive" if glad else "negative", "en")
