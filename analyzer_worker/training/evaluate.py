"""`python -m analyzer_worker.training.evaluate`: what the embedded model is worth, in a table.

The spoken turns come with the tests. The reviews that were put aside are measured where SORI_DATA
names the folder that has them.
"""

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from analyzer_worker.analyzer import LABELS, SentimentAnalyzer, Text
from analyzer_worker.embedded import FOLDER, EmbeddedAnalyzer
from analyzer_worker.training import corpus
from analyzer_worker.training.calibration import expected_calibration_error
from analyzer_worker.training.corpus import Example
from contract.values import Sentiment

TURNS: Final = Path(__file__).parents[2] / "tests" / "analyzer_worker" / "fixtures" / "turns.tsv"

BATCH: Final = 64


@dataclass(frozen=True)
class Score:
    """How well a model did on one set of examples."""

    name: str
    right: int
    count: int
    calibration_error: float

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return self.right / self.count

    @property
    def margin(self) -> float:
        """Half the width of the 95% confidence interval, by Wilson's method."""
        z, n, p = 1.96, self.count, self.accuracy
        return z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))


def read_turns(path: Path = TURNS) -> list[Example]:
    """The spoken turns that nothing was learned from: language, label, text, a line each."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [
        Example(text, label, language)
        for language, name, text in rows
        for label in LABELS
        if label == name
    ]


def score_turns(analyzer: SentimentAnalyzer, turns: Sequence[Example]) -> list[Score]:
    """Three labels: one line a language and label, and one for all."""
    answers = _answers(analyzer, turns)
    scores = []
    for language in ("ko", "en"):
        for label in ("neutral", "positive", "negative"):
            chosen = [
                (answer.score, answer.label == turn.label)
                for turn, answer in zip(turns, answers, strict=True)
                if (turn.language, turn.label) == (language, label)
            ]
            scores.append(_score(f"turns {language} {label}", chosen))
    everything = [
        (answer.score, answer.label == turn.label)
        for turn, answer in zip(turns, answers, strict=True)
    ]
    return [*scores, _score("turns, all", everything)]


def score_reviews(analyzer: SentimentAnalyzer, reviews: Sequence[Example]) -> list[Score]:
    """Two labels, the larger of positive and negative: one line a language."""
    scores = []
    for language in ("ko", "en"):
        own = [review for review in reviews if review.language == language]
        felt = []
        for review, answer in zip(own, _answers(analyzer, own), strict=True):
            positive, negative = answer.scores["positive"], answer.scores["negative"]
            said = "positive" if positive > negative else "negative"
            confidence = max(positive, negative) / max(positive + negative, 1e-6)
            felt.append((confidence, said == review.label))
        scores.append(_score(f"reviews {language}", felt))
    return scores


def utterances_per_second(analyzer: SentimentAnalyzer, turns: Sequence[Example]) -> float:
    """Of CPU time, so that what else the machine does changes little."""
    began = time.process_time()
    for _ in range(5):
        _answers(analyzer, turns)
    return 5 * len(turns) / (time.process_time() - began)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=FOLDER, help="folder")
    options = parser.parse_args()
    began = time.process_time()
    analyzer = EmbeddedAnalyzer.load(options.model)
    loading = time.process_time() - began
    turns = read_turns()
    scores = score_turns(analyzer, turns)
    if data := os.environ.get("SORI_DATA"):
        scores += score_reviews(analyzer, corpus.read_reviews(Path(data) / "sentiment")["test"])
    _print_table(scores)
    size = sum(file.stat().st_size for file in options.model.iterdir())
    sys.stdout.write(
        f"\n{utterances_per_second(analyzer, turns):.0f} utterances a second of one core's time,"
        f" loaded in {loading:.2f} s of it, {size / 1e6:.2f} MB\n"
    )
    return 0


def _answers(analyzer: SentimentAnalyzer, examples: Sequence[Example]) -> list[Sentiment]:
    answers: list[Sentiment] = []
    for begin in range(0, len(examples), BATCH):
        texts = [Text(one.text, one.language) for one in examples[begin : begin + BATCH]]
        for answer in analyzer.analyze(texts):
            if isinstance(answer, Exception):
                raise answer
            answers.append(answer)
    return answers


def _score(name: str, answers: Iterable[tuple[float, bool]]) -> Score:
    confidences, right = zip(*answers, strict=True)
    error = expected_calibration_error(np.array(confidences), np.array(right))
    return Score(name, sum(right), len(right), error)


def _print_table(
    scores: Sequence[Score], write: Callable[[str], object] = sys.stdout.write
) -> None:
    write("| set | texts | right | ± | calibration error |\n| --- | --- | --- | --- | --- |\n")
    for score in scores:
        write(
            f"| {score.name} | {score.count} | {score.accuracy:.3f} | {score.margin:.3f}"
            f" | {score.calibration_error:.3f} |\n"
        )


if __name__ == "__main__":
    sys.exit(main())
