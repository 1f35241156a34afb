"""Gives each speaker the words said in their turns. Pure."""

from collections.abc import Sequence
from itertools import groupby

from contract.values import Word
from contract.work import Segment, Transcript
from diarization_worker.live.voices import Turn


def cut_into_segments(transcript: Transcript, turns: Sequence[Turn]) -> list[Segment]:
    """A segment for each change of speaker among the words; none where nothing was said.

    A word belongs to the turn that most of it lies in. The texts of the segments, one after the
    other, are the transcript's: only the spaces between them are left out. Where the words have no
    times, or are not those of the text, all of it goes to whoever spoke longest.
    """
    if not transcript.text.strip():
        return []
    places = find_words(transcript.text, transcript.words)
    if places is None:
        return [_segment(transcript, 1, transcript.text, transcript.words, _longest(turns))]
    owners = _owners(transcript.words, turns)
    groups = [
        list(indices)
        for _, indices in groupby(range(len(owners)), key=lambda i: turns[owners[i]].speaker_id)
    ]
    bounds = [0, *(places[group[0]] for group in groups[1:]), len(transcript.text)]
    return [
        _segment(
            transcript,
            number,
            transcript.text[bounds[number - 1] : bounds[number]].strip(),
            [transcript.words[i] for i in group],
            turns[owners[group[0]]],
        )
        for number, group in enumerate(groups, start=1)
    ]


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
        start=words[0].start if words else job.start,
        end=words[-1].end if words else job.end,
        words=words,
    )
