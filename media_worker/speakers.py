"""Words to speakers, and words to segments. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from contract.jobs import HeardTurn
from contract.values import Word

PAUSE_S: Final = 0.8
"""A longer silence between two words ends a segment."""

BREATH_S: Final = 0.3
"""Words closer together than this are said in one breath."""

SURE: Final = 0.9
"""Share of a word within one speaker's turns from which it is that speaker's whatever the words
around it are."""

EDGE: Final = 0.25
"""Share of a word at its either end that tells nothing of its speaker: recognisers draw words out
into pauses and into their neighbours."""

LONGEST_S: Final = 15.0
"""A segment that lasts longer ends at the next end of a sentence, or pause for breath."""

UNKNOWN: Final = "SPEAKER_00"
"""The speaker where nobody could be told apart."""

_ENDS: Final = (".", "?", "!", "。", "？", "！", "…")


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word and who said it."""

    word: Word
    speaker: str
    sure: bool
    """Whether the speaker's turn covers the word."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of one speaker, without a pause between them."""

    speaker: str
    words: tuple[Word, ...]

    @property
    def start(self) -> float:
        """Seconds."""
        return self.words[0].start

    @property
    def end(self) -> float:
        """Seconds."""
        return max(word.end for word in self.words)


def attribute(words: Iterable[Word], turns: Sequence[HeardTurn]) -> list[SpokenWord]:
    """Each word's speaker, by the turns (one speaker at a time): whose it overlaps most, else whose
    is nearest. A stray word in the middle of somebody's breath is theirs."""
    return _settled([_spoken(word, turns) for word in words])


def divide(words: Iterable[SpokenWord]) -> list[Passage]:
    """The words, ended at changes of speaker, at pauses, and where a passage grows long."""
    passages: list[Passage] = []
    held: list[SpokenWord] = []
    for word in words:
        if held and _ends(held, word):
            passages.append(_passage(held))
            held = []
        held.append(word)
    if held:
        passages.append(_passage(held))
    return passages


def _spoken(word: Word, turns: Sequence[HeardTurn]) -> SpokenWord:
    if not turns:
        return SpokenWord(word, UNKNOWN, sure=False)
    margin = (word.end - word.start) * EDGE
    start, end = word.start + margin, word.end - margin
    shares: dict[str, float] = {}
    for turn in turns:
        shared = min(end, turn.end) - max(start, turn.start)
        if shared > 0:
            shares[turn.speaker] = shares.get(turn.speaker, 0.0) + shared
    if shares:
        speaker = max(shares, key=lambda name: shares[name])
        return SpokenWord(word, speaker, sure=shares[speaker] >= SURE * (end - start))
    middle = (word.start + word.end) / 2
    nearest = min(turns, key=lambda turn: max(turn.start - middle, middle - turn.end))
    return SpokenWord(word, nearest.speaker, sure=False)


def _settled(words: Sequence[SpokenWord]) -> list[SpokenWord]:
    """Words that are not surely of another speaker than both their neighbours, given to these."""
    settled = list(words)
    for index in range(1, len(words) - 1):
        before, word, after = settled[index - 1], words[index], words[index + 1]
        if word.sure or word.speaker in {before.speaker, after.speaker}:
            continue
        if before.speaker == after.speaker and _one_breath(before, word, after):
            settled[index] = replace(word, speaker=before.speaker)
    return settled


def _one_breath(*words: SpokenWord) -> bool:
    return all(later.word.start - earlier.word.end < BREATH_S for earlier, later in pairwise(words))


def _ends(held: Sequence[SpokenWord], word: SpokenWord) -> bool:
    last = held[-1]
    gap = word.word.start - last.word.end
    if word.speaker != last.speaker or gap > PAUSE_S:
        return True
    long = word.word.end - held[0].word.start > LONGEST_S
    return long and (gap > BREATH_S or last.word.word.endswith(_ENDS))


def _passage(held: Sequence[SpokenWord]) -> Passage:
    return Passage(held[0].speaker, tuple(each.word for each in held))
