"""The reviews to learn from, and those put aside to measure by."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from contract.values import SentimentLabel

Part = Literal["train", "validation", "test"]

_BUCKETS: Final = 20


@dataclass(frozen=True)
class Example:
    """A text and how it feels."""

    text: str
    label: SentimentLabel
    language: str


def read_reviews(data: Path) -> dict[Part, list[Example]]:
    """The reviews below `data`: NSMC's in Korean, the Stanford Sentiment Treebank's in English.

    Measured by: a twentieth of the Korean ones, and the treebank's own development set.
    """
    parts: dict[Part, list[Example]] = {"train": [], "validation": [], "test": []}
    parts["test"] += _sst(data / "sst2_dev.tsv")
    put_aside = {_letters(review.text) for review in parts["test"]}
    for review in (*_nsmc(data / "nsmc_train.tsv"), *_sst(data / "sst2_train.tsv")):
        if _letters(review.text) not in put_aside:
            parts[part_of(review)].append(review)
    return parts


def fingerprint(data: Path) -> str:
    """A hash of the files that were learned from."""
    digest = hashlib.sha256()
    for path in sorted(data.glob("*.tsv")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def part_of(example: Example) -> Part:
    """Where an example belongs, by its text alone: the same text is never on two sides."""
    bucket = int(hashlib.sha256(_letters(example.text).encode()).hexdigest()[:8], 16) % _BUCKETS
    if bucket == 0 and example.language == "ko":
        return "test"
    return "validation" if bucket == _BUCKETS - 1 else "train"


def _letters(text: str) -> str:
    return "".join(text.lower().split())


def _nsmc(path: Path) -> Iterator[Example]:
    for row in _rows(path, header=True):
        if text := row[1].strip():
            yield Example(text, "positive" if row[2] == "1" else "negative", "ko")


def _sst(path: Path) -> Iterator[Example]:
    for text, label in _rows(path, header=False):
        yield Example(text, "positive" if label == "1" else "negative", "en")


def _rows(path: Path, *, header: bool) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        if header:
            next(rows)
        yield from rows
