from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diarization_worker.encoders.encoder import Embedding
from diarization_worker.live.change import STEP_S, WINDOW_S, Exchange, find_exchange, windows
from tests.diarization_worker.voices_of import CALIBRATION, ToneEncoder, tone

ANNA, BEN, CARL = 250, 850, 1_450


def exchange(turns: list[tuple[int, float]], num_speakers: int = 2) -> Exchange:
    """What is found in tones of (pitch, seconds) one after the other."""
    speech = np.concatenate([tone(hertz, seconds) for hertz, seconds in turns])
    embeddings = ToneEncoder().embed(windows(speech))
    return find_exchange(embeddings, len(speech) / 16_000, num_speakers, 0.6, CALIBRATION)


def test_too_little_for_a_change_is_embedded_whole() -> None:
    short, enough = tone(ANNA, 3.1), tone(ANNA, 3.2)
    assert [len(window) for window in windows(short)] == [len(short)]
    assert [len(window) for window in windows(enough)] == [25_600] * 5


@pytest.mark.parametrize("seconds", [0.5, 3.1, 3.2, 9.9])
def test_one_voice_is_one_piece_as_long_as_the_speech(seconds: float) -> None:
    found = exchange([(ANNA, seconds)])
    assert [(p.start, p.end, p.voice) for p in found.pieces] == [(0.0, seconds, 0)]
    assert [(v.seconds, v.contrasted) for v in found.voices] == [(seconds, False)]


def test_each_change_of_voice_is_found_where_it_is() -> None:
    found = exchange([(ANNA, 3.0), (BEN, 2.0), (ANNA, 4.0)])
    assert [piece.voice for piece in found.pieces] == [0, 1, 0]
    assert [piece.end for piece in found.pieces] == pytest.approx([3.0, 5.0, 9.0], abs=STEP_S)
    assert all(voice.contrasted for voice in found.voices)
    assert [voice.seconds for voice in found.voices] == pytest.approx([7.0, 2.0], abs=2 * STEP_S)


def test_voices_beyond_the_number_of_speakers_are_joined() -> None:
    turns = [(ANNA, 3.2), (BEN, 3.2), (CARL, 3.2)]
    assert [len(exchange(turns, number).voices) for number in (0, 1, 2, 3)] == [3, 1, 2, 3]


vectors = st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3).filter(lambda v: sum(v) > 0.1)


@given(
    st.lists(vectors, min_size=5, max_size=24),
    st.floats(0.0, 0.39),
    st.integers(0, 4),
    st.floats(0, 1),
)
def test_pieces_cover_the_speech_whatever_is_heard(
    heard: list[list[float]], rest: float, num_speakers: int, threshold: float
) -> None:
    embeddings: list[Embedding] = [np.asarray(v, np.float32) / np.linalg.norm(v) for v in heard]
    seconds = (len(heard) - 1) * STEP_S + WINDOW_S + rest
    found = find_exchange(embeddings, seconds, num_speakers, threshold, CALIBRATION)
    assert found.pieces[0].start == 0
    assert found.pieces[-1].end == seconds
    for one, other in pairwise(found.pieces):
        assert one.end == other.start
        assert one.voice != other.voice
    assert all(piece.end - piece.start >= WINDOW_S - 1e-9 for piece in found.pieces)
    assert num_speakers == 0 or len(found.voices) <= num_speakers
    assert list(dict.fromkeys(p.voice for p in found.pieces)) == [*range(len(found.voices))]
    assert all(v.seconds >= WINDOW_S for v in found.voices)
    assert all(np.linalg.norm(v.embedding) == pytest.approx(1, abs=1e-5) for v in found.voices)
