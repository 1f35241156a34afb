from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.values import Word
from contract.work import Segment, Transcript
from diarization_worker.live.segments import cut_into_segments, find_words, without_overlap
from diarization_worker.live.voices import Turn
from tests.support.jobs import speech_job, transcript

ANNA, BEN = (Turn(1.0, 2.5, 0, "SPEAKER_00"), Turn(2.5, 4.0, 1, "Ben"))


def segments_of(transcript: Transcript, turns: Sequence[Turn]) -> list[Segment]:
    return [segment for segment, _ in cut_into_segments(transcript, turns)]


def word(spelling: str, start: float, end: float) -> Word:
    return Word(word=spelling, start=start, end=end, confidence=0.9)


def heard(text: str, words: list[Word]) -> Transcript:
    return transcript(speech_job(3), text).model_copy(update={"words": words})


def test_each_speaker_gets_the_words_of_their_turn() -> None:
    words = [
        word("Are", 1.0, 1.5),
        word("you?", 1.5, 2.6),
        word("No,", 2.5, 3.0),
        word("never.", 3, 4),
    ]
    first, second = segments_of(heard("Are you? No, never.", words), [ANNA, BEN])
    assert (first.segment_id, first.speaker_id, first.speaker) == ("3.1", 0, "SPEAKER_00")
    assert (first.text, first.start, first.end, first.words) == ("Are you?", 1.0, 2.6, words[:2])
    assert (second.segment_id, second.speaker_id, second.speaker) == ("3.2", 1, "Ben")
    assert (second.text, second.start, second.end) == ("No, never.", 2.5, 4.0)


def test_a_turn_without_words_leaves_no_segment_and_parts_nobody() -> None:
    turns = [Turn(1.0, 2.0, 0, "A"), Turn(2.0, 3.0, 1, "B"), Turn(3.0, 4.0, 0, "A")]
    words = [word("yes", 1.0, 1.5), word("sure", 3.2, 3.8)]
    (only,) = segments_of(heard("yes sure", words), turns)
    assert (only.speaker, only.text, only.words) == ("A", "yes sure", words)


def test_text_without_word_times_goes_whole_to_who_spoke_longest_when_speech_was_heard() -> None:
    turns = [Turn(1.0, 2.0, 0, "A"), Turn(2.0, 3.2, 1, "B"), Turn(3.2, 4.0, 0, "A")]
    (only,) = segments_of(heard("yes sure", []), turns)
    assert (only.speaker, only.text, only.start, only.end) == ("A", "yes sure", 1.3, 3.7)


def test_words_that_are_not_those_of_the_text_part_nothing() -> None:
    words = [word("one", 1.0, 2.0), word("2", 3.0, 4.0)]
    (only,) = segments_of(heard("one two", words), [ANNA, BEN])
    assert (only.text, only.words) == ("one two", words)


@pytest.mark.parametrize(
    ("text", "words", "parts"),
    [
        ("안녕하세요 반갑습니다", (["안녕하세요"], ["반갑습니다"]), ["안녕하세요", "반갑습니다"]),
        ("你好吗我很好", (["你好", "吗"], ["我", "很好"]), ["你好吗", "我很好"]),
        ("Ça va ? Oui.", (["Ça", "va?"], ["Oui."]), ["Ça va ?", "Oui."]),
        ("Well, no no.", (["Well"], ["no", "no"]), ["Well,", "no no."]),
    ],
    ids=["Korean", "no spaces", "other spaces", "no punctuation"],
)
def test_texts_keep_the_spelling_of_the_whole(
    text: str, words: tuple[list[str], list[str]], parts: list[str]
) -> None:
    first, second = words
    timed = [word(w, 1.0, 2.0) for w in first] + [word(w, 3.0, 4.0) for w in second]
    assert [s.text for s in segments_of(heard(text, timed), [ANNA, BEN])] == parts


def test_words_are_found_in_order_and_only_if_all_are_there() -> None:
    words = [word("no", 0, 1), word("no", 1, 2)]
    assert find_words("oh no, no", words) == [3, 7]
    assert find_words("oh no", words) is None
    assert find_words("oh no", []) is None


spellings = st.text(st.sampled_from("ab안녕你好,?"), min_size=1, max_size=4)


@given(
    st.lists(st.tuples(spellings, st.sampled_from(["", " ", "  "])), min_size=1, max_size=12),
    st.lists(st.floats(0, 1), min_size=24, max_size=24),
    st.lists(st.tuples(st.floats(0.1, 2), st.sampled_from([None, 0, 1, 2])), min_size=1),
)
def test_nothing_is_lost_and_nothing_doubled(
    spelled: list[tuple[str, str]],
    steps: list[float],
    spoken: list[tuple[float, int | None]],
) -> None:
    clock, words = 0.0, []
    for (spelling, _), pause, length in zip(spelled, steps[::2], steps[1::2], strict=False):
        words.append(word(spelling, clock + pause, clock + pause + length))
        clock = words[-1].end
    turns, clock = [], 0.0
    for seconds, speaker in spoken:
        turns.append(Turn(clock, clock + seconds, speaker, None if speaker is None else "x"))
        clock += seconds
    text = "".join(spelling + space for spelling, space in spelled)
    segments = segments_of(heard(text, words), turns)
    assert "".join("".join(s.text for s in segments).split()) == "".join(text.split())
    cursor = 0
    for segment in segments:
        assert segment.text
        found = text.index(segment.text, cursor)
        assert not text[cursor:found].strip()
        cursor = found + len(segment.text)
    assert [w for segment in segments for w in segment.words] == words
    assert [s.segment_id for s in segments] == [f"3.{n}" for n in range(1, len(segments) + 1)]
    speakers = [segment.speaker_id for segment in segments]
    assert all(one != other for one, other in pairwise(speakers))
    assert set(speakers) <= {speaker for _, speaker in spoken}


def said(*spelled: tuple[str, float, float]) -> Transcript:
    words = [word(*one) for one in spelled]
    return heard(" ".join(w.word for w in words), words)


def texts(transcript: Transcript, *turns: Turn) -> list[tuple[str | None, str]]:
    return [(s.speaker, s.text) for s in segments_of(transcript, turns)]


def test_overlap_goes_to_the_longer_turn_never_to_a_third() -> None:
    turns = [Turn(1.0, 3.0, 0, "A"), Turn(2.5, 3.3, 1, "B"), Turn(3.3, 4.0, 2, "C", 2)]
    assert [(t.start, t.end, t.speaker) for t in without_overlap(turns)] == [
        (1.0, 3.0, "A"),
        (3.0, 3.3, "B"),
        (3.3, 4.0, "C"),
    ]
    interjection = [Turn(1.0, 4.0, 0, "A"), Turn(2.0, 2.4, 1, "B")]
    assert without_overlap(interjection) == interjection[:1]


def test_a_longer_turn_takes_the_middle_of_a_shorter_one() -> None:
    """Only possible where a voice's turns are joined over a pause."""
    turns = [Turn(1.0, 3.0, 0, "A"), Turn(2.0, 4.5, 1, "B")]
    assert [(t.start, t.end) for t in without_overlap(turns)] == [(1.0, 2.0), (2.0, 4.5)]


def test_no_sentence_is_torn_by_one_stray_word() -> None:
    a, b = Turn(1.0, 2.45, 0, "A"), Turn(2.45, 4.0, 1, "B")
    question = said(("How", 1.0, 1.5), ("are", 1.5, 2.0), ("you?", 2.25, 2.74), ("Fine,", 2.8, 3.2))
    assert texts(question, a, b) == [("A", "How are you?"), ("B", "Fine,")]
    early = said(("Well.", 1.0, 1.9), ("I", 2.2, 2.4), ("think", 2.5, 3.0), ("so.", 3.0, 3.5))
    assert texts(early, a, b) == [("A", "Well."), ("B", "I think so.")]


def test_a_sentence_of_one_word_is_its_speakers() -> None:
    a, b = Turn(1.0, 2.0, 0, "A"), Turn(2.0, 2.4, 1, "B")
    reply = said(("Really?", 1.0, 2.0), ("No.", 2.05, 2.35))
    assert texts(reply, a, b) == [("A", "Really?"), ("B", "No.")]


def test_after_a_pause_a_word_without_a_full_stop_before_it_is_its_speakers() -> None:
    a, b = Turn(1.0, 2.0, 0, "A"), Turn(2.4, 2.8, 1, "B")
    reply = said(("are", 1.0, 1.5), ("you", 1.5, 2.0), ("no", 2.4, 2.7))
    assert texts(reply, a, b) == [("A", "are you"), ("B", "no")]


def test_a_long_word_is_no_stray() -> None:
    a, b = Turn(1.0, 2.0, 0, "A"), Turn(2.0, 3.0, 1, "B")
    reply = said(("are", 1.0, 1.5), ("you", 1.5, 2.0), ("certainly", 2.1, 2.8))
    assert texts(reply, a, b) == [("A", "are you"), ("B", "certainly")]


def test_a_segment_is_of_the_sample_that_most_of_its_words_are_of() -> None:
    """Two samples of one speaker in a row are one segment."""
    turns = [Turn(1.0, 1.5, 0, "A", 0), Turn(1.5, 3.0, 0, "A", 2), Turn(3.0, 4.0, 1, "B", 1)]
    words = said(("a", 1.0, 1.5), ("b", 1.6, 2.0), ("c.", 2.0, 2.9), ("Never.", 3.1, 3.9))
    assert [(s.text, sample) for s, sample in cut_into_segments(words, turns)] == [
        ("a b c.", 2),
        ("Never.", 1),
    ]
