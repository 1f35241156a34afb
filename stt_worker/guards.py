"""Guards against invented text: Whisper writes fluent nonsense where nobody speaks.

Thresholds and the fallback over temperatures are those of the Whisper paper (Radford et al. 2022,
arXiv:2212.04356, section 4.5). The repetition check is ours: short loops compress too little for
the paper's compression ratio to notice. Nothing here, nor in the engines, ever conditions on the
text before: an invention can't feed the next one.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TEMPERATURES = (0.0, 0.4, 0.8)
"""Tried in order while an attempt fails. Whisper's own list is twice as long; live speech can't
wait for six decodings."""

NO_SPEECH_THRESHOLD = 0.6
LOGPROB_THRESHOLD = -1.0
COMPRESSION_THRESHOLD = 2.4

_SILENCE_PEAK = 8 / 32768
"""About -72 dBFS: no sample of real speech through any microphone stays below."""

_LONG_UNIT, _LONG_REPEATS, _SHORT_REPEATS = 6, 5, 10
"""A unit of 6 letters ("thank you") is a loop at 5 repeats, a shorter one ("no", "네") at 10:
people do say "no, no, no, no"."""

_ENDS_SENTENCE = re.compile(r"[.!?。！？…]")
_LOOP = re.compile(r"(.{1,80}?)\1{4,}")


@dataclass(frozen=True)
class Attempt:
    """One decoding of an item, and how sure the model was of it."""

    text: str
    tokens: tuple[int, ...]
    """Of the text alone."""
    avg_logprob: float
    """Mean natural log-probability of the tokens."""
    no_speech_prob: float


def is_digital_silence(audio: NDArray[np.float32]) -> bool:
    """Whether no sample is loud enough for anyone to have spoken."""
    return audio.size == 0 or float(np.abs(audio).max()) < _SILENCE_PEAK


def is_silence(attempt: Attempt) -> bool:
    """Whether the model says that nobody spoke, and is unsure of the text it wrote anyway."""
    return attempt.no_speech_prob > NO_SPEECH_THRESHOLD and attempt.avg_logprob < LOGPROB_THRESHOLD


def is_wordless(text: str) -> bool:
    """Whether a text has no letter and no digit: dots and notes are written where nobody speaks."""
    return not any(character.isalnum() for character in text)


def compression_ratio(text: str) -> float:
    """How much shorter zlib makes a text; above 2.4 it repeats itself."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def loop_start(text: str) -> int | None:
    """Where in a text the same words begin to come over and over, or None where they don't.

    Case, spaces and punctuation don't count, so "Thank you. Thank you!" repeats itself; units of
    any script and of up to 80 letters are found, inside a word ("아아아아…") or over several.
    """
    kept = [(place, letter) for place, letter in enumerate(text) if letter.isalnum()]
    letters = "".join(letter.lower()[0] for _, letter in kept)
    for match in _LOOP.finditer(letters):
        unit = match.group(1)
        repeats = len(match.group()) // len(unit)
        if repeats >= (_LONG_REPEATS if _spoken_length(unit) >= _LONG_UNIT else _SHORT_REPEATS):
            return _boundary(text, [place for place, _ in kept], match.start(), len(unit))
    return None


def needs_fallback(attempt: Attempt) -> bool:
    """Whether an attempt is bad enough to try again at a higher temperature."""
    if is_silence(attempt):
        return False
    return (
        attempt.avg_logprob < LOGPROB_THRESHOLD
        or compression_ratio(attempt.text) > COMPRESSION_THRESHOLD
        or loop_start(attempt.text) is not None
    )


def best_attempt(attempts: Sequence[Attempt]) -> Attempt:
    """The attempt to believe: one that passes, else the surest among those that don't loop."""
    return min(attempts, key=lambda attempt: (needs_fallback(attempt), *_doubts(attempt)))


def trusted_length(attempt: Attempt) -> int:
    """How many characters of an attempt's text may be believed, from its start.

    Nothing where nobody spoke; up to the loop where the text ends in one, so that what was really
    said before it isn't lost with it; all otherwise.
    """
    if is_silence(attempt) or is_wordless(attempt.text):
        return 0
    start = loop_start(attempt.text)
    return len(attempt.text) if start is None else start


def _doubts(attempt: Attempt) -> tuple[bool, bool, float]:
    return (
        loop_start(attempt.text) is not None,
        compression_ratio(attempt.text) > COMPRESSION_THRESHOLD,
        -attempt.avg_logprob,
    )


def _boundary(text: str, places: list[int], first: int, length: int) -> int:
    """The likeliest start of a loop: a unit of `length` letters can be cut anywhere in itself.

    "See you. Thank you. Thank you. …" repeats "you thank" just as well as "thank you"; the loop
    begins at the sentence, or else at the word.
    """
    if first == 0:
        return 0
    gaps = [
        (text[places[index - 1] + 1 : places[index]], places[index])
        for index in range(first, first + length)
    ]
    for belongs in (_ENDS_SENTENCE.search, str.strip, len):
        for gap, place in gaps:
            if belongs(gap):
                return place
    return places[first]


def _spoken_length(unit: str) -> int:
    # A Hangul syllable, a kana or an ideograph takes about as long to say as three letters.
    return sum(3 if ord(letter) >= 0x1100 else 1 for letter in unit)
