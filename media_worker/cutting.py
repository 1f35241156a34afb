"""A recording's speech, cut at silences into pieces that a recogniser takes in at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, Final

from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from contract.jobs import Piece
from contract.parameters import Parameters
from gateway_service.endpointing.endpointer import PRE_ROLL_FRAMES, Endpointer, Utterance
from gateway_service.endpointing.voice import FRAME_MS

WIDEST_GAP_S: Final = 2.0
"""A longer silence separates pieces: recognisers invent text in silence."""

_LENIENT: Final = Parameters(
    silence_duration=0.3, min_seg_duration=0.1, rms_threshold=-75, var_threshold=12
)
"""Shorter pauses than in live speech, as nobody waits: more places to cut at. And more taken for
speech, since what is in no piece is lost: of the speech in far-field meetings (`diarization/`)
99% is in pieces, with the live defaults 72%."""

_BLOCK: Final = SAMPLE_RATE * BYTES_PER_SAMPLE


def find_pieces(
    pcm: BinaryIO, longest_s: float, check: Callable[[], None] = lambda: None
) -> list[Piece]:
    """The pieces of audio (contract.audio), each `longest_s` seconds (at most 30) or shorter.

    What is no speech is in none of them. Works its way through; memory stays the same. `check` is
    called for each second of it, and ends it by raising.
    """
    return list(join(_utterances(pcm, longest_s, check), longest_s))


def join(utterances: Iterable[Piece], longest_s: float) -> Iterator[Piece]:
    """Neighbours joined while they fit together and no long silence is between them. Pure."""
    longest, widest = int(longest_s * SAMPLE_RATE), int(WIDEST_GAP_S * SAMPLE_RATE)
    waiting: list[Piece] = []
    for piece in utterances:
        if waiting and (
            piece.end - waiting[0].start > longest or piece.start - waiting[-1].end > widest
        ):
            yield _span(waiting)
            waiting = []
        waiting.append(piece)
    if waiting:
        yield _span(waiting)


def _span(pieces: Sequence[Piece]) -> Piece:
    return Piece(start=pieces[0].start, end=pieces[-1].end)


def _utterances(pcm: BinaryIO, longest_s: float, check: Callable[[], None]) -> Iterator[Piece]:
    speech_s = max(2.0, longest_s - PRE_ROLL_FRAMES * FRAME_MS / 1000)
    parameters = _LENIENT.model_copy(update={"max_segment_duration": speech_s})
    endpointer = Endpointer(parameters)
    while block := pcm.read(_BLOCK):
        check()
        yield from _spans(endpointer.feed(block, 0.0))
    yield from _spans(endpointer.flush(0.0))


def _spans(events: Iterable[object]) -> Iterator[Piece]:
    for event in events:
        if isinstance(event, Utterance):
            yield Piece(start=event.start, end=event.end)
