from itertools import islice

import numpy as np
import pytest

from bench.speech import (
    PACKET_BYTES,
    PACKET_S,
    short_pieces,
    speech_only,
    with_pauses,
    write_script,
)
from contract.audio import SAMPLE_RATE
from contract.parameters import Parameters
from tests.support.sounds import silence, syllables, to_pcm


def spoken(seconds: float) -> np.ndarray:
    return np.frombuffer(to_pcm(syllables(seconds)), "<i2")


def test_pieces_are_the_speech_over_and_over() -> None:
    speech = np.arange(2 * SAMPLE_RATE, dtype=np.int16)
    pieces = list(islice(short_pieces(speech), 4))

    assert [len(piece) / SAMPLE_RATE for piece in pieces] == [2.4, 3.0, 3.6, 2.4]
    assert (np.concatenate(pieces) == np.resize(speech, round(11.4 * SAMPLE_RATE))).all()


def test_a_script_knows_when_each_utterance_is_complete() -> None:
    parameters = Parameters()
    script = write_script(with_pauses([spoken(2.4), spoken(3.0), spoken(3.0)]), 8.0, parameters)

    assert {len(packet) for packet in script.packets} == {PACKET_BYTES}
    assert script.seconds == pytest.approx(8.0)
    # 2.4 s of speech and its silence, then 3.0 s and its silence; the third has no end here.
    ends = [due.ended_at for due in script.utterances]
    silent = parameters.silence_duration
    assert ends == pytest.approx([2.4 + silent, 3.4 + 3.0 + silent], abs=PACKET_S + 0.05)
    assert [due.spoken for due in script.utterances] == pytest.approx([2.7, 3.3], abs=0.4)


def test_a_longer_wait_for_silence_makes_the_end_due_later() -> None:
    audio = [spoken(2.4), spoken(2.4)]
    usual, patient = (
        write_script(with_pauses(audio), 6.0, Parameters(silence_duration=seconds))
        for seconds in (0.5, 0.8)
    )

    wait = patient.utterances[0].ended_at - usual.utterances[0].ended_at
    assert wait == pytest.approx(0.3, abs=PACKET_S)


def test_speech_only_leaves_the_silence_out() -> None:
    recording = to_pcm(np.concatenate([silence(7), syllables(3), silence(6), syllables(2)]))
    speech = speech_only(np.frombuffer(recording, "<i2"))

    assert 5.0 <= len(speech) / SAMPLE_RATE <= 6.5


def test_silence_holds_no_speech() -> None:
    assert len(speech_only(np.zeros(5 * SAMPLE_RATE, np.int16))) == 0
