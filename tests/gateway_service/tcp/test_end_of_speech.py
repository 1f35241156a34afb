"""The rule of the TCP protocol on sounds with known edges: 16 silent frames, 10 s of speech.

A boundary is off by less than a frame: of 30 ms, whose edges need not be those of the sound.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from contract.parameters import Parameters
from gateway_service.endpointing.endpointer import Checkpoint, Endpointer, Utterance
from gateway_service.endpointing.voice import FRAME_BYTES, FRAME_SAMPLES
from gateway_service.tcp.config import TcpConfig
from tests.support.sounds import RATE, silence, to_pcm, unbroken

FRAME_S = FRAME_SAMPLES / RATE
LEADS = (0.0, 0.1, 0.37, 1.0, 2.005, 5.021)
"""Silence before speech, seconds: shorter and longer than what is kept of it, on and off frames."""


@dataclass(frozen=True)
class Ended:
    """An utterance, by what the endpointer decided; seconds."""

    decided: float
    """The end of the last sample that was heard when it was given out."""
    start: float
    end: float
    speech_start: float
    speech_end: float
    after: Checkpoint


def ended(parts: Sequence[NDArray[np.floating]]) -> list[Ended]:
    """What the TCP server makes of these sounds, one after the other."""
    return list(_ended(to_pcm(np.concatenate(parts))))


def _ended(pcm: bytes) -> Iterator[Ended]:
    endpointer = Endpointer(TcpConfig().parameters(Parameters()))
    for offset in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
        for found in endpointer.feed(pcm[offset : offset + FRAME_BYTES], 0.0):
            if isinstance(found, Utterance):
                yield Ended(
                    decided=(offset + FRAME_BYTES) / 2 / RATE,
                    start=found.start / RATE,
                    end=found.end / RATE,
                    speech_start=found.speech_start / RATE,
                    speech_end=found.speech_end / RATE,
                    after=found.checkpoint,
                )


def about(seconds: float) -> object:
    """Within one frame."""
    return pytest.approx(seconds, abs=FRAME_S)


def with_dips(seconds: float, *dips: tuple[float, float, float]) -> NDArray[np.floating]:
    """Speech in which stretches (from, to, seconds) are quieter, by a factor."""
    speech = unbroken(seconds)
    for start, end, factor in dips:
        speech[round(start * RATE) : round(end * RATE)] *= factor
    return speech


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("seconds", [0.9, 1.53, 2.407, 6.0, 9.4])
def test_16_silent_frames_end_an_utterance(lead: float, seconds: float) -> None:
    (only,) = ended([silence(lead), unbroken(seconds), silence(1.2)])

    assert only.speech_start == about(lead)
    assert only.speech_end == about(lead + seconds)
    assert only.decided == about(lead + seconds + 16 * FRAME_S)
    assert only.start == about(max(0, lead - 0.3))
    assert only.end == about(lead + seconds + 0.3)
    assert not only.after.continuing


@pytest.mark.parametrize("lead", LEADS)
def test_15_silent_frames_do_not_but_17_always_do(lead: float) -> None:
    def count(frames: int) -> int:
        pause = silence(frames * FRAME_S)
        return len(ended([silence(lead), unbroken(1.5), pause, unbroken(1.5), silence(1)]))

    assert count(15) == 1
    assert count(17) == 2


@pytest.mark.parametrize("lead", LEADS)
def test_10_seconds_of_speech_end_one(lead: float) -> None:
    """Whatever the silence before; speech without a pause is cut where it is then."""
    first, second = ended([silence(lead), unbroken(13), silence(1)])

    assert first.decided == about(lead + 10)
    assert first.end == about(lead + 10)
    assert first.speech_start == about(lead)
    assert first.speech_end == first.end
    assert first.after == Checkpoint(round(second.start * RATE), continuing=True)
    assert second.start == second.speech_start == first.end
    assert second.speech_end == about(lead + 13)
    assert second.decided == about(lead + 13 + 16 * FRAME_S)


@pytest.mark.parametrize("lead", LEADS)
def test_what_goes_on_has_10_seconds_from_the_cut_on(lead: float) -> None:
    utterances = ended([silence(lead), unbroken(34), silence(1)])

    assert [item.after.continuing for item in utterances] == [True, True, True, False]
    for before, after in pairwise(utterances[:3]):
        assert after.start == before.end
        assert after.decided == about(before.end + 10)
        assert after.end == about(before.end + 10)
    assert utterances[-1].speech_end == about(lead + 34)


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("dip", [(8.2, 8.35), (8.8, 9.1), (9.333, 9.5), (9.7, 9.85)])
def test_the_cut_is_where_speech_is_quietest(lead: float, dip: tuple[float, float]) -> None:
    first, *_ = ended([silence(lead), with_dips(13, (*dip, 0.05)), silence(1)])

    assert first.decided == about(lead + 10)
    assert lead + dip[0] < first.end <= lead + dip[1]


@pytest.mark.parametrize("lead", LEADS)
def test_of_two_dips_the_deeper_one_is_cut_or_the_later(lead: float) -> None:
    def cut(first: float, second: float) -> float:
        speech = with_dips(13, (8.4, 8.6, first), (9.2, 9.4, second))
        return ended([silence(lead), speech, silence(1)])[0].end - lead

    assert 9.2 < cut(0.05, 0.05) <= 9.4
    assert 9.2 < cut(0.1, 0.05) <= 9.4
    assert 8.4 < cut(0.05, 0.1) <= 8.6


@pytest.mark.parametrize("lead", LEADS)
def test_what_is_longer_ago_than_2_seconds_is_not_cut(lead: float) -> None:
    first, *_ = ended([silence(lead), with_dips(13, (7.5, 7.9, 0.05)), silence(1)])

    assert first.end == about(lead + 10)
