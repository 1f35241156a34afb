from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.values import Word
from contract.work import Transcript
from diarization_worker.live.segments import cut_into_segments, find_words
from diarization_worker.live.voices import Turn
from tests.support.jobs import speech_job, transcript

ANNA, BEN = (Turn(1.0, 2.5, 0, "SPEAKER_00"), Turn(2.5, 4.0, 1, "Ben"))


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
    first, second = cut_into_segments(heard("Are you? No, never.", words), [ANNA, BEN])
    assert (first.segment_id, first.speaker_id, first.speaker) == ("3.1", 0, "SPEAKER_00")
    assert (first.text, first.start, first.end, first.words) == ("Are you?", 1.0, 2.6, words[:2])
    assert (second.segment_id, second.speaker_id, second.speaker) == ("3.2", 1, "Ben")
    assert (second.text, second.start, second.end) == ("No, never.", 2.5, 4.0)


def test_a_turn_without_words_leaves_no_segment_and_parts_nobody() -> None:
    turns = [Turn(1.0, 2.0, 0, "A"), Turn(2.0, 3.0, 1, "B"), Turn(3.0, 4.0, 0, "A")]
    words = [word("yes", 1.0, 1.5), word("sure", 3.2, 3.8)]
    (only,) = cut_into_segments(heard("yes sure", words), turns)
    assert (only.speaker, only.text, only.words) == ("A", "yes sure", words)


def test_text_without_word_times_goes_whole_to_who_spoke_longest() -> None:
    turns = [Turn(1.0, 2.0, 0, "A"), Turn(2.0, 3.2, 1, "B"), Turn(3.2, 4.0, 0, "A")]
    (only,) = cut_into_segments(heard("yes sure", []), turns)
    assert (only.speaker, only.text, only.start, only.end) == ("A", "yes sure", 1.0, 4.0)


def test_words_that_are_not_those_of_the_text_part_nothing() -> None:
    words = [word("one", 1.0, 2.0), word("2", 3.0, 4.0)]
    (only,) = cut_into_segments(heard("one two", words), [ANNA, BEN])
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
    assert [s.text for s in cut_into_segments(heard(text, timed), [ANNA, BEN])] == parts


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
    segments = cut_into_segments(heard(text, words), turns)
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
