"""The parts of a job → its result. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Final

from contract.audio import samples_to_seconds
from contract.jobs import PieceHeard, TurnsHeard
from contract.recordings import (
    Metadata,
    RecordedSegment,
    RecordedWord,
    RecordingResult,
    SpeakerRef,
    SpeakerTotal,
    TextResult,
    TextSegment,
)
from contract.values import Sentiment, Word
from media_worker.acoustics import METHOD, Frames
from media_worker.speakers import UNKNOWN, Passage, attribute, divide

NO_LANGUAGE: Final = "und"
"""ISO 639's word for an undetermined language: where nothing was said."""


class Heard:
    """What was heard in all the pieces together."""

    def __init__(self, pieces: Sequence[PieceHeard]) -> None:
        """`pieces` in order."""
        self.words = [word for piece in pieces for word in _words(piece)]
        counted: Counter[str] = Counter()
        for piece in pieces:
            counted[piece.language] += len(piece.words)
        self.language = max(counted, key=lambda code: counted[code]) if self.words else NO_LANGUAGE
        joiners = {piece.language: piece.joiner for piece in pieces}
        self.joiner = joiners.get(self.language, " ")
        self.engines = _together(piece.engine for piece in pieces)

    def passages(self, turns: TurnsHeard | None) -> list[Passage]:
        """The words by speakers and pauses."""
        exclusive = turns.exclusive if turns else []
        return divide(attribute(self.words, exclusive))

    def text(self, passage: Passage) -> str:
        """The words of a passage as they are written."""
        return self.joiner.join(word.word for word in passage.words)


def assemble(
    heard: Heard,
    passages: Sequence[Passage],
    turns: TurnsHeard | None,
    frames: Frames,
    sentiments: Sequence[Sentiment],
    *,
    samples: int,
    seconds: float,
    sentiment_engines: str,
) -> RecordingResult:
    """The result; `samples` of the recording, and `seconds` that it took."""
    segments = [
        RecordedSegment(
            start_time=passage.start,
            end_time=passage.end,
            speaker=SpeakerRef(speaker_id=passage.speaker),
            text=heard.text(passage),
            sentiment=sentiment,
            words=[_recorded(word, frames) for word in passage.words],
            acoustic_features=frames.of_segment(passage.start, passage.end),
        )
        for passage, sentiment in zip(passages, sentiments, strict=True)
    ]
    return RecordingResult(
        segments=segments,
        speakers=_totals(turns, passages),
        text=" ".join(segment.text for segment in segments),
        language=heard.language,
        duration=samples_to_seconds(samples),
        metadata=Metadata(
            processing_time=round(seconds, 3),
            model_versions={
                "stt": heard.engines,
                "diarization": turns.engine if turns else "",
                "sentiment": sentiment_engines,
                "acoustics": METHOD,
            },
        ),
    )


def assemble_text(heard: Heard, passages: Sequence[Passage], samples: int) -> TextResult:
    """The result of a job about the text alone."""
    segments = [
        TextSegment(
            start=passage.start,
            end=passage.end,
            text=heard.text(passage),
            words=list(passage.words),
            confidence=round(fmean(word.confidence for word in passage.words), 3),
        )
        for passage in passages
    ]
    return TextResult(
        segments=segments,
        text=" ".join(segment.text for segment in segments),
        language=heard.language,
        duration=samples_to_seconds(samples),
    )


def _words(piece: PieceHeard) -> list[Word]:
    """A piece's words; its whole text as one where the engine told no words."""
    if piece.words or not piece.text:
        return piece.words
    return [Word(word=piece.text, start=piece.start, end=piece.end, confidence=piece.confidence)]


def _recorded(word: Word, frames: Frames) -> RecordedWord:
    return RecordedWord(
        word=word.word,
        start=word.start,
        end=word.end,
        confidence=word.confidence,
        acoustic_features=frames.of_word(word.start, word.end),
    )


def _totals(turns: TurnsHeard | None, passages: Sequence[Passage]) -> dict[str, SpeakerTotal]:
    """Seconds of each speaker; those of the words where no turns were heard."""
    seconds: dict[str, float] = {}
    for turn in turns.overlapping if turns else []:
        seconds[turn.speaker] = seconds.get(turn.speaker, 0.0) + turn.end - turn.start
    if not seconds:
        for passage in passages:
            seconds[UNKNOWN] = seconds.get(UNKNOWN, 0.0) + passage.end - passage.start
    return {
        speaker: SpeakerTotal(total_duration=round(seconds[speaker], 3))
        for speaker in sorted(seconds)
    }


def _together(engines: Iterable[str]) -> str:
    return ", ".join(sorted(set(engines)))
