"""Reads the labels of text-classification models as positive, negative or neutral. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from contract.errors import ModelUnavailableError
from contract.values import SentimentLabel

_WORDS: Final[dict[SentimentLabel, frozenset[str]]] = {
    "positive": frozenset(
        {
            "positive",
            "pos",
            "very positive",
            "p",
            "긍정",
            "긍정적",
            "매우 긍정",
            "ポジティブ",
            "积极",
        }
    ),
    "negative": frozenset(
        {
            "negative",
            "neg",
            "very negative",
            "n",
            "부정",
            "부정적",
            "매우 부정",
            "ネガティブ",
            "消极",
        }
    ),
    "neutral": frozenset(
        {"neutral", "neu", "neut", "중립", "중립적", "ニュートラル", "中性", "neutrality"}
    ),
}

_SCALES: Final[dict[int, tuple[SentimentLabel, ...]]] = {
    2: ("negative", "positive"),
    3: ("negative", "neutral", "positive"),
    5: ("negative", "negative", "neutral", "positive", "positive"),
}
"""What numbered labels mean, from the lowest up, by how many there are."""

_NUMBERED: Final = re.compile(r"(?:label[ _])?(\d+)|(\d+) stars?")


def read_labels(id2label: Mapping[int, str]) -> list[SentimentLabel]:
    """What each output of a model means, by index.

    Named labels are read by name; numbered ones (LABEL_0, `5 stars`, 1) by their place on a scale
    of 2, 3 or 5. Raises ModelUnavailableError, with the labels, where that isn't clear.
    """
    names = [id2label[index] for index in sorted(id2label)]
    plain = [" ".join(re.split(r"[\s_-]+", name.strip().lower())) for name in names]
    meanings = _read_scale(plain) or [_read_word(name) for name in plain]
    read = [meaning for meaning in meanings if meaning is not None]
    if len(read) < len(names) or not {"positive", "negative"} <= set(read):
        raise ModelUnavailableError(
            f"the model's labels can't be read as positive, negative, neutral: {', '.join(names)}"
        )
    return read


def _read_word(name: str) -> SentimentLabel | None:
    return next((meaning for meaning, words in _WORDS.items() if name in words), None)


def _read_scale(names: list[str]) -> list[SentimentLabel | None] | None:
    matches = [_NUMBERED.fullmatch(name) for name in names]
    numbers = [int(match[1] or match[2]) for match in matches if match is not None]
    lowest = min(numbers, default=0)
    scale = _SCALES.get(len(names))
    if scale is None or sorted(numbers) != list(range(lowest, lowest + len(names))):
        return None
    return [scale[number - lowest] for number in numbers]
