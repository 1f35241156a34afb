"""How the model is getting on, by reviews and turns that nothing is learned from."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analyzer_worker.analyzer import LABELS
from analyzer_worker.training import calibration
from analyzer_worker.training.corpus import Example
from analyzer_worker.training.learning import logits_of
from analyzer_worker.training.turns import Turns

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import ModernBertForSequenceClassification

_REVIEWS: Final = "reviews"
_COUNT: Final = 4_000
"""Reviews at most, a language."""
_TURNS: Final = {"positive": 300, "negative": 300, "neutral": 600}
"""A language: most of what is said is about nothing in particular."""


@dataclass(frozen=True)
class Result:
    """What came of it, and the adjustment that makes the most of it."""

    right: dict[str, float]
    """Share by kind of text: of two labels for reviews, of three for turns."""
    adjustment: calibration.Adjustment

    def __str__(self) -> str:
        """As it goes into the log of the run."""
        shares = ", ".join(f"{name} {share:.3f}" for name, share in self.right.items())
        return f"{shares}, surprise {self.adjustment.surprise:.4f}"


class Exam:
    """Reviews and made turns; each language and kind counts alike."""

    def __init__(self, kinds: dict[str, list[Example]]) -> None:
        self._kinds = kinds

    @classmethod
    def of(cls, reviews: Sequence[Example], languages: Sequence[str], seed: int) -> "Exam":
        """An exam of these reviews and of turns by phrasings that are kept from training."""
        rng = random.Random(seed)
        kinds: dict[str, list[Example]] = {}
        for language in languages:
            own = [review for review in reviews if review.language == language]
            kinds[f"{language} {_REVIEWS}"] = own[:_COUNT]
            turns = Turns(language, held_out=True)
            kinds[f"{language} turns"] = [
                turn for label in LABELS for turn in turns.make(label, _TURNS[label], rng)
            ]
        return cls(kinds)

    def take(self, model: "ModernBertForSequenceClassification", tokenizer: "Tokenizer") -> Result:
        """Ask the model everything."""
        examples = [example for kind in self._kinds.values() for example in kind]
        weights = np.concatenate([np.full(len(k), 1 / len(k)) for k in self._kinds.values()])
        decided = np.concatenate(
            [np.full(len(kind), name.endswith(_REVIEWS)) for name, kind in self._kinds.items()]
        )
        logits = logits_of(model, tokenizer, [example.text for example in examples])
        labels = [example.label for example in examples]
        adjustment = calibration.fit(logits, labels, weights, decided)
        adjusted = adjustment.apply(logits.copy())
        right, begin = {}, 0
        for name, kind in self._kinds.items():
            answers = adjusted[begin : begin + len(kind)]
            begin += len(kind)
            if name.endswith(_REVIEWS):
                answers[:, calibration.NEUTRAL] = -np.inf
            wanted = np.array([LABELS.index(example.label) for example in kind])
            right[name] = float(np.mean(answers.argmax(axis=1) == wanted))
        return Result(right, adjustment)
