"""The rule of the TCP protocol on sounds with known edges: 16 silent frames, 10 s of speech."""

import numpy as np
import pytest
from numpy.typing import NDArray

from contract.parameters import Parameters
from gateway_service.endpointing.endpointer import Endpointer, Utterance
from gateway_service.endpointing.voice import FRAME_BYTES, FRAME_SAMPLES
from gateway_service.tcp.config import TcpConfig
from tests.support.sounds import RATE, silence, syllables, to_pcm

FRAMES_PER_S = RATE / FRAME_SAMPLES


def decided_at(audio: NDArray[np.floating]) -> list[int]:
    """The frame after which each utterance ended."""
    endpointer = Endpointer(TcpConfig().parameters(Parameters()))
    pcm = to_pcm(audio)
    return [
        index + 1
        for index, offset in enumerate(range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES))
        for found in endpointer.feed(pcm[offset : offset + FRAME_BYTES], 0.0)
        if isinstance(found, Utterance)
    ]


@pytest.mark.parametrize("seconds", [0.9, 1.53, 2.4, 6.0])
def test_16_silent_frames_end_an_utterance(seconds: float) -> None:
    audio = np.concatenate([silence(0.6), loud_to_the_end(seconds), silence(1.2)])
    (frame,) = decided_at(audio)
    assert abs(frame - (0.6 + seconds) * FRAMES_PER_S - 16) <= 1


def test_15_silent_frames_do_not() -> None:
    parts = [loud_to_the_end(1.5), silence(15 / FRAMES_PER_S), syllables(1.5), silence(1)]
    assert len(decided_at(np.concatenate(parts))) == 1


def test_10_seconds_of_speech_end_one() -> None:
    frames = decided_at(np.concatenate([syllables(14), silence(1)]))
    assert abs(frames[0] - 10 * FRAMES_PER_S) <= 1
    assert len(frames) == 2


def loud_to_the_end(seconds: float) -> NDArray[np.floating]:
    """Speech that does not fade: its last frame is a voice."""
    speech = syllables(seconds + 1)[: round(seconds * RATE)]
    tail = speech[-2 * FRAME_SAMPLES :]
    return np.concatenate([speech[: -len(tail)], speech[RATE // 5 : RATE // 5 + len(tail)]])
