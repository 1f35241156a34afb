"""Real speech for the callers: recordings, pauses between them, and what is to be heard in it."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, cycle
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from contract.parameters import Parameters
from gateway_service.endpointing.endpointer import Endpointer, Utterance
from local_stack.demo import sample

PACKET_S: Final = 0.1
"""As `sori stream` sends it."""

PACKET_BYTES: Final = round(PACKET_S * SAMPLE_RATE) * BYTES_PER_SAMPLE

PIECE_S: Final = (2.4, 3.0, 3.6)
"""Lengths of the stretches of speech, taken in turn. With the pause, an utterance each 4 s."""

PAUSE_S: Final = 1.0

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Due:
    """An utterance that a caller's audio holds, on the clock that starts with the first packet."""

    ended_at: float
    """When the packet that completes it is to be sent, its final silence included, seconds."""
    spoken: float
    """Its length, seconds."""


@dataclass(frozen=True, slots=True)
class Script:
    """What every caller of a trial sends, and what the server is to find in it."""

    packets: Sequence[bytes]
    utterances: Sequence[Due]
    """Utterance N of the session is at N - 1; what only the end of the audio cuts is left out."""

    @property
    def seconds(self) -> float:
        """The length of the audio."""
        return len(self.packets) * PACKET_S


def recordings() -> list[Samples]:
    """LibriSpeech where SORI_DATA names it, else the one conversation that is always there."""
    folder = os.environ.get("SORI_DATA")
    if not folder:
        return [_read(sample())]
    return [_read(file) for file in sorted(Path(folder, "speech/en/librispeech").rglob("*.flac"))]


def source() -> str:
    """Which speech `recordings` are, for the report."""
    return "LibriSpeech" if os.environ.get("SORI_DATA") else "the sample of pyannote.audio"


def speech_only(recording: Samples) -> Samples:
    """What the endpointer would cut out of a recording, without the silence between."""
    endpointer = Endpointer(Parameters())
    found = [*endpointer.feed(recording.astype("<i2").tobytes(), 0.0), *endpointer.flush(0.0)]
    speech = [np.frombuffer(item.pcm, "<i2") for item in found if isinstance(item, Utterance)]
    return np.concatenate([np.zeros(0, np.int16), *speech])


def with_pauses(pieces: Iterable[Samples]) -> Iterator[Samples]:
    """Each piece followed by a second of silence, which ends the utterance."""
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE), np.int16)
    return chain.from_iterable((piece, pause) for piece in pieces)


def short_pieces(speech: Samples) -> Iterator[Samples]:
    """The speech over and over, cut into pieces of about 3 s; endless."""
    at = 0
    for seconds in cycle(PIECE_S):
        size = round(seconds * SAMPLE_RATE)
        yield np.take(speech, range(at, at + size), mode="wrap")
        at = (at + size) % len(speech)


def write_script(audio: Iterable[Samples], seconds: float, parameters: Parameters) -> Script:
    """The first `seconds` of some audio in packets, and where its utterances end."""
    wanted = round(seconds / PACKET_S) * PACKET_BYTES
    pcm = bytearray()
    for piece in audio:
        pcm += piece.astype("<i2").tobytes()
        if len(pcm) >= wanted:
            break
    packets = [bytes(pcm[at : at + PACKET_BYTES]) for at in range(0, wanted, PACKET_BYTES)]
    return Script(packets, list(_utterances(packets, parameters)))


def _utterances(packets: Sequence[bytes], parameters: Parameters) -> Iterator[Due]:
    endpointer = Endpointer(parameters)
    for index, packet in enumerate(packets):
        for found in endpointer.feed(packet, 0.0):
            if isinstance(found, Utterance):
                spoken = len(found.pcm) / BYTES_PER_SAMPLE / SAMPLE_RATE
                yield Due(ended_at=index * PACKET_S, spoken=spoken)


def _read(file: Path) -> Samples:
    samples, rate = soundfile.read(file, dtype="int16", always_2d=True)
    if rate != SAMPLE_RATE:
        raise ValueError(f"{file}: {rate} Hz, not {SAMPLE_RATE}")
    mono: Samples = samples[:, 0]
    return mono
