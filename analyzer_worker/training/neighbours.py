"""English sentences said with other words, so that words are learned that no review has."""

import random
import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

NEAREST: Final = 6
ALIKE: Final = 0.55
"""Cosine from which words are neighbours."""

SAME_FEELING: Final = 0.6
"""How far the feelings of two neighbours may differ: vectors have `good` lie beside `bad`."""

SHARE: Final = 0.12
"""Of the words of a sentence that are exchanged."""


class Neighbours:
    """Exchanges words for others with like meaning and feeling."""

    def __init__(self, others: Mapping[str, Sequence[str]]) -> None:
        self._others = others

    @classmethod
    def find(
        cls, words: Sequence[str], vectors: NDArray[np.float32], feelings: NDArray[np.float32]
    ) -> "Neighbours":
        """Among `words`, by their vectors [words, dimensions] and how glad they are [words]."""
        units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        others: dict[str, list[str]] = {}
        for begin in range(0, len(words), 1_000):
            cosines = units[begin : begin + 1_000] @ units.T
            nearest = np.argpartition(-cosines, min(NEAREST, len(words) - 1), axis=1)[
                :, : NEAREST + 1
            ]
            for row, columns in enumerate(nearest):
                word = begin + row
                others[words[word]] = [
                    words[other]
                    for other in columns
                    if other != word
                    and cosines[row, other] >= ALIKE
                    and abs(feelings[word] - feelings[other]) <= SAME_FEELING
                ]
        return cls({word: near for word, near in others.items() if near})

    def exchange(self, text: str, rng: random.Random) -> str:
        """The text with some of its words exchanged."""

        def other(match: re.Match[str]) -> str:
            near = self._others.get(match[0])
            return rng.choice(near) if near and rng.random() < SHARE else match[0]

        return re.sub(r"[a-z]{3,}", other, text)
