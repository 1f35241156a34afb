"""From aligned pieces of text to the words people read: punctuation at its word, times in order."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from stt_worker.engine import HeardWord

OPENING = "\"'“¿([{-"
CLOSING = "\"'.。,，!！?？:：”)]}、"
"""Which marks belong to the word after them and which to the word before, as in openai-whisper."""


def settle(pieces: Sequence[HeardWord], duration: float, trusted_length: int) -> list[HeardWord]:
    """The words in the first `trusted_length` characters: stripped, in order, inside the audio.

    `pieces` keep the spaces they were written with: one after the other they are the text.
    `duration` is the audio's, seconds.
    """
    last = math.floor(duration * 1000) / 1000
    clock = 0.0
    words = []
    for piece in merge_punctuation(list(_trusted(pieces, trusted_length))):
        start = round(min(max(piece.start, clock), last), 3)
        clock = round(min(max(piece.end, start), last), 3)
        confidence = round(min(max(piece.confidence, 0.0), 1.0), 3)
        words.append(HeardWord(piece.word.strip(), start, clock, confidence))
    return words


def merge_punctuation(pieces: Sequence[HeardWord]) -> list[HeardWord]:
    """Give every mark that stands alone to its word, whose times and confidence stay its own."""
    merged: list[HeardWord] = []
    opening = ""
    for piece in pieces:
        mark = piece.word.strip()
        if not mark:
            continue
        if _only(mark, OPENING) and piece.word.startswith(" "):
            opening += piece.word
        elif _only(mark, CLOSING) and merged and not opening:
            merged[-1] = replace(merged[-1], word=merged[-1].word + mark)
        else:
            merged.append(replace(piece, word=opening + piece.word.strip()))
            opening = ""
    if opening and merged:
        merged[-1] = replace(merged[-1], word=merged[-1].word + opening.strip())
    return merged


def _trusted(pieces: Sequence[HeardWord], trusted_length: int) -> Iterator[HeardWord]:
    length = 0
    for piece in pieces:
        length += len(piece.word if length else piece.word.lstrip())
        if length > trusted_length:
            return
        yield piece


def _only(text: str, marks: str) -> bool:
    return all(character in marks for character in text)
