"""What speech recognition and hurried fingers do to a text. Pure."""

import random
import re
import unicodedata
from typing import Final

from analyzer_worker.training.vocabulary import BREAK

_PUNCTUATION: Final = re.compile(r"[.,!?~…^;:\"'()\-]+")
_BATCHIM: Final = 28
_FIRST, _LAST = 0xAC00, 0xD7A3


def roughen(text: str, rng: random.Random) -> str:
    """The text without its punctuation, or with a slip here and there, or both, or as it is."""
    if rng.random() < 0.3:
        text = _PUNCTUATION.sub(" ", text)
    if rng.random() < 0.15:
        text = "".join(
            _slip(character, rng) if rng.random() < 0.06 else character for character in text
        )
    return text


def punctuate(text: str, rng: random.Random) -> str:
    """The text as it is, or with the marks that a speech recogniser would put to it."""
    if rng.random() < 0.5:
        return text
    if rng.random() < 0.3:
        text = text.replace(" ", ", ", 1)
    return text + rng.choices((".", "?", "!", "...", ","), (6, 2, 1, 1, 1))[0]


def break_up(text: str, rng: random.Random) -> str:
    """The text with places that no piece may cross, so that it is not always cut alike.

    After Kudo 2018, "Subword regularization", but the same seed gives the same places.
    """
    return "".join(
        character + BREAK if rng.random() < (0.1 if character >= "가" else 0.02) else character
        for character in text
    )


def _slip(character: str, rng: random.Random) -> str:
    code = ord(character)
    if not _FIRST <= code <= _LAST:
        if not character.isalpha():
            return character
        return rng.choice(("", character * 2, character))
    lead = code - _FIRST
    choice = rng.random()
    if choice < 0.4:  # 좋아 → 조아, 있 → 이: the final consonant goes
        return chr(code - lead % _BATCHIM)
    if choice < 0.7:  # another final consonant
        return chr(code - lead % _BATCHIM + rng.choice((1, 4, 8, 16, 17, 19, 20, 21)))
    if choice < 0.85:  # two keys, one syllable apart
        return unicodedata.normalize("NFD", character)
    return ""
