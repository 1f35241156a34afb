"""An utterance's audio → its voices, told apart by how they sound as well as by who takes turns.

Segmentation nets are trained on conversations: of two people who read one after the other they
often notice nothing (in 5 of 9 changes between two LibriSpeech readers 0.3 s apart). So what the
net takes for one voice is compared with itself across its pauses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from contract.audio import SAMPLE_RATE
from diarization_worker.encoders.encoder import Audio
from diarization_worker.hearing.clustering import Sample, cluster
from diarization_worker.hearing.hear import hear
from diarization_worker.hearing.voices import HeardVoice, Hearing, Turn
from diarization_worker.live.audio import audible
from diarization_worker.models import VoiceModels

SAME: Final = 0.6
"""Calibrated similarity from which pieces of what the net takes for one voice stay together. Voices
parted without need meet again among the session's; what is joined here is never parted."""

PAUSE_S: Final = 0.15
"""A shorter pause parts nothing."""

PIECE_S: Final = 0.8
"""Less speech than this stays with its neighbour: it has too little voice to differ by."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Turns of one voice without a pause between them."""

    turns: tuple[Turn, ...]

    @property
    def seconds(self) -> float:
        return sum(turn.end - turn.start for turn in self.turns)

    def sound(self, audio: Audio) -> Audio:
        spans = [(round(t.start * SAMPLE_RATE), round(t.end * SAMPLE_RATE)) for t in self.turns]
        return np.concatenate([audio[start:end] for start, end in spans])


def listen(audio: Audio, models: VoiceModels) -> Hearing:
    """The voices of an utterance; raises EngineError."""
    return _without_silence(audio, _part(audio, hear(audio, models), models))


def _part(audio: Audio, hearing: Hearing, models: VoiceModels) -> Hearing:
    """The same with voices parted that differ from themselves."""
    parted = [
        (voice, _pieces([turn for turn in hearing.turns if turn.voice == index]))
        for index, voice in enumerate(hearing.voices)
    ]
    doubted = [piece for _, pieces in parted if len(pieces) > 1 for piece in pieces]
    if not doubted:
        return hearing
    embeddings = iter(models.embed([piece.sound(audio) for piece in doubted]))
    found: list[tuple[HeardVoice, tuple[Turn, ...]]] = []
    for voice, pieces in parted:
        if len(pieces) == 1:
            found.append((voice, pieces[0].turns))
            continue
        samples = [Sample(next(embeddings), piece.seconds, 0) for piece in pieces]
        labels = cluster(samples, models.calibration, SAME)
        if max(labels) == 0:
            found.append((voice, tuple(turn for piece in pieces for turn in piece.turns)))
        else:
            found += _voices(pieces, samples, labels)
    return _in_order(found)


def _without_silence(audio: Audio, hearing: Hearing) -> Hearing:
    """The same with seconds in which something can be heard."""
    loud = audible(audio)
    voices = []
    for index, voice in enumerate(hearing.voices):
        its = [turn for turn in hearing.turns if turn.voice == index]
        spans = [(round(t.start * SAMPLE_RATE), round(t.end * SAMPLE_RATE)) for t in its]
        heard = sum(int(loud[start:end].sum()) for start, end in spans) / SAMPLE_RATE
        voices.append(replace(voice, seconds=min(voice.seconds, heard)))
    return replace(hearing, voices=tuple(voices))


def _pieces(turns: Sequence[Turn]) -> list[_Piece]:
    """Turns of one voice, parted at its pauses so that each piece has some speech."""
    pieces: list[_Piece] = []
    for turn in turns:
        piece = _Piece((turn,))
        if pieces and (
            turn.start - pieces[-1].turns[-1].end < PAUSE_S
            or min(pieces[-1].seconds, piece.seconds) < PIECE_S
        ):
            piece = _Piece((*pieces.pop().turns, turn))
        pieces.append(piece)
    return pieces


def _voices(
    pieces: Sequence[_Piece], samples: Sequence[Sample], labels: Sequence[int]
) -> Iterator[tuple[HeardVoice, tuple[Turn, ...]]]:
    for label in sorted(set(labels)):
        its = [i for i, own in enumerate(labels) if own == label]
        total = np.sum([samples[i].embedding * samples[i].seconds for i in its], axis=0)
        voice = HeardVoice(
            embedding=np.asarray(total / np.linalg.norm(total), np.float32),
            seconds=sum(samples[i].seconds for i in its),
        )
        yield voice, tuple(turn for i in its for turn in pieces[i].turns)


def _in_order(found: Sequence[tuple[HeardVoice, tuple[Turn, ...]]]) -> Hearing:
    ordered = sorted(found, key=lambda item: item[1][0].start)
    turns = [
        Turn(turn.start, turn.end, index) for index, (_, its) in enumerate(ordered) for turn in its
    ]
    return Hearing(
        tuple(voice for voice, _ in ordered),
        tuple(sorted(turns, key=lambda turn: (turn.start, turn.voice))),
    )
