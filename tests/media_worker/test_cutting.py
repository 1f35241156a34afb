import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from contract.jobs import Piece
from evaluation.recordings import meeting_excerpts
from media_worker.cutting import find_pieces, join
from tests.support.sounds import clicks, hum, silence, syllables, to_pcm, white_noise

RATE = 16_000


def piece(start: float, end: float) -> Piece:
    return Piece(start=round(start * RATE), end=round(end * RATE))


def test_neighbours_are_joined_while_they_fit() -> None:
    utterances = [piece(0, 4), piece(4.5, 8), piece(8.5, 12), piece(12.3, 15)]
    assert list(join(utterances, 10)) == [piece(0, 8), piece(8.5, 15)]


def test_a_long_silence_separates() -> None:
    assert list(join([piece(0, 1), piece(5, 6)], 28)) == [piece(0, 1), piece(5, 6)]


@pytest.mark.parametrize("longest", [10.0, 28.0])
def test_pieces_hold_the_speech_in_order_and_within_the_bound(longest: float) -> None:
    talk = [part for n in range(20) for part in (syllables(3.0, n), silence(0.6))]
    pieces = find_pieces(io.BytesIO(to_pcm(np.concatenate(talk))), longest)
    assert all(0 < each.end - each.start <= longest * RATE for each in pieces)
    assert all(one.end <= other.start for one, other in pairwise(pieces))
    assert sum(each.end - each.start for each in pieces) > 55 * RATE
    assert len(pieces) <= 72 / longest * 1.6


def test_talk_without_a_pause_is_cut_at_last() -> None:
    talk = np.concatenate([silence(1.0), syllables(70.0)])
    pieces = find_pieces(io.BytesIO(to_pcm(talk)), 28)
    assert len(pieces) >= 3
    assert all(each.end - each.start <= 28 * RATE for each in pieces)
    assert sum(each.end - each.start for each in pieces) > 66 * RATE


@pytest.mark.data
def test_quiet_speech_from_afar_is_in_pieces(speech_data: Path) -> None:
    """Excerpts of meetings, -35 to -51 dBFS; their reference says where somebody speaks."""
    spoken = heard = 0
    for recording in meeting_excerpts(speech_data):
        spans = np.zeros((2, round(recording.seconds * 100)), bool)
        for start, end, _ in recording.turns:
            spans[0, round(start * 100) : round(end * 100)] = True
        for each in find_pieces(io.BytesIO(to_pcm(recording.audio)), 28):
            spans[1, each.start * 100 // RATE : each.end * 100 // RATE] = True
        spoken += spans[0].sum()
        heard += spans.all(axis=0).sum()
    assert spoken > 10_000
    assert heard / spoken > 0.97


@pytest.mark.parametrize(
    "nothing",
    [silence(20), white_noise(20), white_noise(20, 0.003), clicks(20), hum(20), silence(0)],
)
def test_what_is_no_speech_is_in_no_piece(nothing: np.ndarray) -> None:
    assert find_pieces(io.BytesIO(to_pcm(nothing)), 28) == []
