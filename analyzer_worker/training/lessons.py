"""What the model sees in one pass: reviews, pieces of them, turns and the lexicon's sentences."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from analyzer_worker.analyzer import LABELS
from analyzer_worker.training.corpus import Example
from analyzer_worker.training.lexicon import LexiconSentences
from analyzer_worker.training.neighbours import Neighbours
from analyzer_worker.training.noise import punctuate, roughen
from analyzer_worker.training.teachers import Teachers
from analyzer_worker.training.turns import Turns

CONTEXT: Final = 0.1
"""How many reviews have something neutral said before or after them."""

TURN_CONTEXT: Final = 0.25
"""The same, for turns."""

REWORDED: Final = 0.6
"""How many English reviews have words exchanged."""

TRUST: Final = 0.6
"""Share of the teacher's word in the target of a review; the rest is the label's."""

DOUBT: Final = 0.04
"""What a made turn leaves to the other labels: somebody will hear it otherwise."""


HUSH: Final = 0.5
"""Neutral's share in the target of a review of which the teacher can tell nothing at all."""

TELLING: Final = 0.5
"""How far from 0 a teacher's verdict, -1 to 1, must be for neutral to get nothing."""

CUTS: Final = 4
"""Pieces are cut so many times more than are needed; those that tell the least are neutral."""


@dataclass(frozen=True)
class Portions:
    """How often each kind of text comes in one pass."""

    english_reviews: int = 5
    """Times each; there are few of them."""
    neutral: int = 12_000
    """Turns a language."""
    felt: int = 7_000
    """Turns a language and label."""
    lexicon: int = 6_000
    pieces: int = 6_000
    """Of reviews, that tell nothing; a language."""


@dataclass(frozen=True)
class Lesson:
    """A text and the probability that each label, in the order of LABELS, should get."""

    text: str
    target: tuple[float, ...]


class Lessons:
    """Makes the passes; each is different, and the same seed makes the same ones."""

    def __init__(
        self,
        reviews: Sequence[Example],
        turns: Sequence[Turns],
        lexicon: LexiconSentences,
        neighbours: Neighbours,
        teachers: Teachers,
        portions: Portions,
    ) -> None:
        self._reviews = reviews
        self._turns = turns
        self._lexicon = lexicon
        self._neighbours = neighbours
        self._teachers = teachers
        self._portions = portions

    def __len__(self) -> int:
        """Lessons of one pass."""
        portions = self._portions
        spoken = len(self._turns) * (portions.neutral + 2 * portions.felt + portions.pieces)
        return sum(1 for _ in self._repeated()) + spoken + portions.lexicon

    def make(self, rng: random.Random) -> list[Lesson]:
        """One pass, not shuffled."""
        asides = {
            turns.language: [turn.text for turn in turns.make("neutral", 4_000, rng)]
            for turns in self._turns
        }
        lessons = []
        reviews = list(self._repeated())
        versions = [self._version(review, rng) for review in reviews]
        judged = self._teachers.judge(reviews, versions).tolist()
        for review, version, positive in zip(reviews, versions, judged, strict=True):
            text = _beside(version, asides[review.language], CONTEXT, rng)
            lessons.append(Lesson(text, blend(review, positive)))
        for example in self._made(rng):
            text = roughen(punctuate(example.text, rng), rng)
            text = _beside(text, asides[example.language], TURN_CONTEXT, rng)
            lessons.append(Lesson(text, target(example, DOUBT)))
        lessons += self._pieces(rng)
        return lessons

    def _pieces(self, rng: random.Random) -> Iterator[Lesson]:
        """A few words out of reviews: films are spoken of without any feeling as well."""
        for turns in self._turns:
            own = [review for review in self._reviews if review.language == turns.language]
            reviews = rng.choices(own, k=CUTS * self._portions.pieces)
            cut = [_cut(review.text, rng) for review in reviews]
            told = abs(self._teachers.judge(reviews, cut) - 0.5)
            for index in told.argsort(kind="stable")[: self._portions.pieces].tolist():
                example = Example(cut[index], "neutral", turns.language)
                yield Lesson(roughen(example.text, rng), target(example, DOUBT))

    def _version(self, review: Example, rng: random.Random) -> str:
        text = review.text
        if review.language == "en" and rng.random() < REWORDED:
            text = self._neighbours.exchange(text, rng)
        return roughen(text, rng)

    def _repeated(self) -> Iterator[Example]:
        for example in self._reviews:
            times = self._portions.english_reviews if example.language == "en" else 1
            for _ in range(times):
                yield example

    def _made(self, rng: random.Random) -> Iterator[Example]:
        for turns in self._turns:
            yield from turns.make("neutral", self._portions.neutral, rng)
            yield from turns.make("positive", self._portions.felt, rng)
            yield from turns.make("negative", self._portions.felt, rng)
        yield from self._lexicon.make(self._portions.lexicon, rng)


def target(example: Example, doubt: float) -> tuple[float, ...]:
    """The label's share is 1 - `doubt`."""
    return tuple(
        1 - doubt if label == example.label else doubt / (len(LABELS) - 1) for label in LABELS
    )


def blend(review: Example, positive: float) -> tuple[float, ...]:
    """The target of a review that a teacher holds to be positive with this probability."""
    share = TRUST * positive + (1 - TRUST) * (review.label == "positive")
    neutral = HUSH * max(0.0, 1 - abs(2 * positive - 1) / TELLING)
    shares = {
        "positive": share * (1 - neutral),
        "negative": (1 - share) * (1 - neutral),
        "neutral": neutral,
    }
    return tuple(shares[label] for label in LABELS)


def _cut(text: str, rng: random.Random) -> str:
    words = text.split()
    size = rng.randint(1, 4)
    begin = rng.randrange(max(1, len(words) - size + 1))
    return " ".join(words[begin : begin + size])


def _beside(text: str, asides: Sequence[str], share: float, rng: random.Random) -> str:
    if rng.random() >= share:
        return text
    aside = rng.choice(asides)
    return f"{aside} {text}" if rng.random() < 0.5 else f"{text} {aside}"
