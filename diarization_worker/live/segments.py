"""Gives each speaker the words said in their turns. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Final

from contract.values import Word
from contract.work import Segment, Transcript
from diarization_worker.live.voices import Turn

SENTENCE_ENDS: Final = tuple(".?!…。？！")

PAUSE_S: Final = 0.3
"""A sentence ends at the latest where nothing is said for so long."""

STRAY_S: Final = 0.5
"""One word shorter than this at the edge of a turn is left to the sentence it stands in: words'
times, and those of turns, are off by a few tenths of a second."""


def cut_into_segments(transcript: Transcript, turns: Sequence[Turn]) -> list[tuple[Segment, int]]:
    """A segment for each change of speaker among the words, and the sample most of it is of.

    None where nothing was said. A word belongs to the turn that most of it lies in. The texts of
    the segments, one after the other, are the transcript's: only the spaces between them are left
    out. Where the words have no times, or are not those of the text, all of it goes to whoever
    spoke longest; without any words, it was said where the gateway heard speech.
    """
    if not transcript.text.strip():
        return []
    turns = without_overlap(turns)
    words = transcript.words
    places = find_words(transcript.text, words)
    if places is None:
        turn = _longest(turns)
        return [(_segment(transcript, 1, transcript.text, words, turn), turn.sample)]
    owners = [turns[i] for i in _mend(words, _owners(words, turns), turns)]
    groups = [
        list(indices)
        for _, indices in groupby(range(len(owners)), key=lambda i: owners[i].speaker_id)
    ]
    bounds = [0, *(places[group[0]] for group in groups[1:]), len(transcript.text)]
    return [
        (
            _segment(
                transcript,
                number,
                transcript.text[bounds[number - 1] : bounds[number]].strip(),
                [words[i] for i in group],
                owners[group[0]],
            ),
            Counter(owners[i].sample for i in group).most_common(1)[0][0],
        )
        for number, group in enumerate(groups, start=1)
    ]


def without_overlap(turns: Sequence[Turn]) -> list[Turn]:
    """The same turns, in order; where two overlap, the longer one alone has the time."""
    placed: list[Turn] = []
    for turn in sorted(turns, key=lambda t: t.start - t.end):
        pieces = [turn]
        for other in placed:
            pieces = [rest for piece in pieces for rest in _outside(piece, other)]
        placed += pieces
    return sorted(placed, key=lambda t: t.start)


def find_words(text: str, words: Sequence[Word]) -> list[int] | None:
    """Where each word begins in the text, however that is spaced; None where one isn't there."""
    positions = [i for i, character in enumerate(text) if not character.isspace()]
    written = "".join(text[i] for i in positions)
    places, cursor = [], 0
    for word in words:
        spelling = "".join(word.word.split())
        found = written.find(spelling, cursor) if spelling else -1
        if found < 0:
            return None
        places.append(positions[found])
        cursor = found + len(spelling)
    return places or None


def _outside(turn: Turn, other: Turn) -> list[Turn]:
    """What of a turn is not within another one."""
    before = replace(turn, end=min(turn.end, other.start))
    after = replace(turn, start=max(turn.start, other.end))
    return [rest for rest in (before, after) if rest.start < rest.end]


def _owners(words: Sequence[Word], turns: Sequence[Turn]) -> list[int]:
    """The index of each word's turn, never an earlier one than that of the word before."""
    owners, earliest = [], 0
    for word in words:
        earliest = max(
            range(earliest, len(turns)),
            key=lambda i: min(word.end, turns[i].end) - max(word.start, turns[i].start),
        )
        owners.append(earliest)
    return owners


def _mend(words: Sequence[Word], owners: list[int], turns: Sequence[Turn]) -> list[int]:
    """The same, but that no sentence loses one stray word at its beginning or end."""
    mended = list(owners)
    for first, last in _sentences(words):
        for stray, neighbour in ((first, first + 1), (last, last - 1)):
            if not first <= neighbour <= last:
                continue
            others = {turns[owners[i]].speaker_id for i in range(first, last + 1) if i != stray}
            short = words[stray].end - words[stray].start < STRAY_S
            if short and others == {turns[owners[neighbour]].speaker_id}:
                mended[stray] = owners[neighbour]
    return mended


def _sentences(words: Sequence[Word]) -> list[tuple[int, int]]:
    """First and last word of each sentence."""
    ends = [
        i
        for i, (word, following) in enumerate(pairwise(words))
        if word.word.strip().endswith(SENTENCE_ENDS) or following.start - word.end >= PAUSE_S
    ]
    starts = [0, *(i + 1 for i in ends)]
    return list(zip(starts, [*ends, len(words) - 1], strict=True))


def _longest(turns: Sequence[Turn]) -> Turn:
    def spoken(turn: Turn) -> float:
        return sum(t.end - t.start for t in turns if t.speaker_id == turn.speaker_id)

    return max(turns, key=spoken)


def _segment(
    transcript: Transcript, number: int, text: str, words: list[Word], turn: Turn
) -> Segment:
    job = transcript.job
    return Segment(
        segment_id=f"{job.utterance_id}.{number}",
        speaker_id=turn.speaker_id,
        speaker=turn.speaker,
        text=text,
        start=words[0].start if words else job.speech_start,
        end=words[-1].end if words else job.speech_end,
        words=words,
    )
