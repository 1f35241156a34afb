import pytest

from diarization_worker.recordings.rttm import read_rttm, write_rttm
from diarization_worker.recordings.turns import SpeakerTurn

TURNS = [SpeakerTurn(0.5, 2.25, "SPEAKER_00"), SpeakerTurn(2.0, 3.125, "SPEAKER_01")]


def test_a_line_a_turn() -> None:
    assert write_rttm(TURNS, "team call.wav") == (
        "SPEAKER team_call.wav 1 0.500 1.750 <NA> <NA> SPEAKER_00 <NA> <NA>\n"
        "SPEAKER team_call.wav 1 2.000 1.125 <NA> <NA> SPEAKER_01 <NA> <NA>\n"
    )


def test_what_is_written_is_read() -> None:
    text = write_rttm(TURNS, "a") + ";; a comment\n\n" + write_rttm(TURNS[1:], "b")
    assert read_rttm(text) == {"a": TURNS, "b": TURNS[1:]}


@pytest.mark.parametrize("line", ["SPEAKER a 1 0.5", "SPEAKER a 1 soon 1 <NA> <NA> who"])
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 is no RTTM"):
        read_rttm(f"LEXEME a 1 0 1 hello\n{line}\n")
