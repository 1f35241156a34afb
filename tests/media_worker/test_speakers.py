import importlib.util
from pathlib import Path

import numpy as np
import pytest
import soundfile

from contract.jobs import HeardTurn
from contract.values import Word
from diarization_worker.models import load
from diarization_worker.recordings.diarizer import EmbeddedDiarizer
from diarization_worker.settings import DiarizationSettings
from media_worker.speakers import Passage, attribute, divide

A, B = "SPEAKER_00", "SPEAKER_01"


def word(text: str, start: float, end: float) -> Word:
    return Word(word=text, start=start, end=end, confidence=1.0)


def turn(start: float, end: float, speaker: str) -> HeardTurn:
    return HeardTurn(start=start, end=end, speaker=speaker)


def speakers(words: list[Word], turns: list[HeardTurn]) -> list[str]:
    return [spoken.speaker for spoken in attribute(words, turns)]


def test_a_word_is_of_the_turn_that_it_overlaps_most() -> None:
    words = [word("a", 0.0, 0.5), word("b", 0.6, 1.4), word("c", 1.5, 2.0)]
    assert speakers(words, [turn(0, 0.8, A), turn(0.8, 2, B)]) == [A, B, B]


def test_a_word_outside_all_turns_is_of_the_nearest() -> None:
    turns = [turn(1, 2, A), turn(5, 6, B)]
    words = [word("early", 0.0, 0.5), word("between", 4.0, 4.4), word("late", 9.0, 9.5)]
    assert speakers(words, turns) == [A, B, B]


def test_a_sentence_is_not_torn_by_a_stray_word() -> None:
    words = [
        word(text, at, at + 0.3) for text, at in zip("abcde", np.arange(0, 2, 0.4), strict=True)
    ]
    # The turn of B touches the third word by its half and a bit.
    turns = [turn(0, 0.92, A), turn(0.92, 1.1, B), turn(1.1, 2, A)]
    assert speakers(words, turns) == [A] * 5


def test_an_answer_in_between_stays_whose_it_is() -> None:
    words = [word("so", 0, 0.4), word("yes", 0.5, 0.9), word("then", 1.0, 1.4)]
    turns = [turn(0, 0.45, A), turn(0.45, 0.95, B), turn(0.95, 1.5, A)]
    assert speakers(words, turns) == [A, B, A]


def test_where_nobody_was_told_apart_there_is_one_speaker() -> None:
    assert speakers([word("hello", 0, 1)], []) == [A]
    assert divide([]) == []


def test_passages_end_at_speakers_pauses_and_sentences_of_long_ones() -> None:
    talk = [word("one", 0, 0.5), word("two", 0.6, 1.0)]
    later = [word("three", 3.0, 3.5)]
    passages = divide(attribute([*talk, *later], [turn(0, 4, A)]))
    assert passages == [Passage(A, tuple(talk)), Passage(A, tuple(later))]

    long = [word("w." if n % 10 == 9 else "w", n * 0.5, n * 0.5 + 0.5) for n in range(100)]
    lengths = [p.end - p.start for p in divide(attribute(long, [turn(0, 50, A)]))]
    assert max(lengths) < 25
    assert sum(lengths) == pytest.approx(50)


@pytest.mark.timeout(300)
def test_words_of_a_real_conversation_get_their_speakers() -> None:
    """pyannote.audio's sample, two women on the telephone; words timed by their sentences."""
    spec = importlib.util.find_spec("pyannote.audio")
    assert spec is not None
    assert spec.origin is not None
    sample = Path(spec.origin).parent / "sample"
    said: list[tuple[str, Word]] = []
    for line in (sample / "sample.stm").read_text().splitlines():
        _, _, speaker, start, end, *texts = line.split()
        edges = np.linspace(float(start), float(end), len(texts) + 1)
        said += [
            (speaker, word(text, *map(float, edges[n : n + 2]))) for n, text in enumerate(texts)
        ]
    audio, rate = soundfile.read(sample / "sample.wav", dtype="float32")
    assert rate == 16_000
    turns = EmbeddedDiarizer(load(DiarizationSettings())).diarize(audio)
    told = [turn(each.start, each.end, each.speaker) for each in turns.exclusive]

    given = speakers([each for _, each in said], told)

    names = {("Diane", A), ("Sheila", B)}
    right = sum((who, speaker) in names for (who, _), speaker in zip(said, given, strict=True))
    assert right / len(said) >= 0.9
