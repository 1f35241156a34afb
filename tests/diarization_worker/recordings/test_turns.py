from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from diarization_worker.recordings.turns import (
    SpeakerTurn,
    make_exclusive,
    named_turns,
)


def test_speakers_are_numbered_in_order_of_appearance() -> None:
    turns = named_turns([(3.0, 4.0, "b"), (0.0, 1.0, 7), (5.0, 6.0, 7)])
    assert turns.overlapping == (
        SpeakerTurn(0.0, 1.0, "SPEAKER_00"),
        SpeakerTurn(3.0, 4.0, "SPEAKER_01"),
        SpeakerTurn(5.0, 6.0, "SPEAKER_00"),
    )
    assert turns.exclusive == turns.overlapping
    assert turns.speakers == ("SPEAKER_00", "SPEAKER_01")


def test_exclusive_turns_are_under_the_same_names() -> None:
    turns = named_turns([(1.0, 4.0, "b"), (0.0, 2.0, "a")], [(1.6, 4.0, "b"), (0.0, 1.6, "a")])
    assert turns.exclusive == (SpeakerTurn(0, 1.6, "SPEAKER_00"), SpeakerTurn(1.6, 4, "SPEAKER_01"))


def test_the_longer_turn_keeps_what_is_contested() -> None:
    turns = [SpeakerTurn(0, 4, "a"), SpeakerTurn(3, 9, "b"), SpeakerTurn(5, 6, "c")]
    assert make_exclusive(turns) == (SpeakerTurn(0, 3, "a"), SpeakerTurn(3, 9, "b"))


def test_a_turn_goes_on_after_it_was_talked_over() -> None:
    turns = [SpeakerTurn(0, 2, "a"), SpeakerTurn(1, 5, "b"), SpeakerTurn(4, 7, "a")]
    assert make_exclusive(turns) == (
        SpeakerTurn(0, 1, "a"),
        SpeakerTurn(1, 5, "b"),
        SpeakerTurn(5, 7, "a"),
    )


@given(
    st.lists(
        st.builds(
            lambda start, seconds, who: SpeakerTurn(start, start + seconds, who),
            st.integers(0, 50),
            st.integers(1, 9),
            st.sampled_from("abc"),
        ),
        max_size=12,
    )
)
def test_exclusive_turns_cover_the_same_time_once(turns: list[SpeakerTurn]) -> None:
    kept = make_exclusive(turns)
    assert all(one.end <= other.start for one, other in pairwise(kept))
    for second in range(60):
        speaking = {t.speaker for t in turns if t.start <= second < t.end}
        told = {t.speaker for t in kept if t.start <= second < t.end}
        assert len(told) == bool(speaking)
        assert told <= speaking, "never to a third"
