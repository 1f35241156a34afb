"""Decides, utterance by utterance and once for all, whose the voices in it are. Pure.

Rules, in this order:

1. An utterance heard before keeps its verdict and teaches nothing twice.
2. Speech shorter than the encoder's minimum goes to the nearest voice, leaning towards whoever
   spoke last; it founds no voice and moves none. With no voice known yet its speaker is null:
   a voice founded on half a second would be anybody's.
3. A voice above the similarity threshold has it; enrolled voices come first.
4. Below the threshold of all, a new voice is founded while there are fewer than `num_speakers`.
   In doubt it is not: short speech that contrasts with nothing must be clearly below.
5. Otherwise the nearest voice has it, and learns nothing from it. Only a clear stranger to the
   nearest enrolled voice gets null: a wrong name is worse than none.

A speaker_id, once given, belongs to its voice for the session: voices are never renumbered,
merged or dropped by what is heard.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from diarization_worker.encoders.encoder import Calibration, Embedding
from diarization_worker.live.voices import Turn, Verdict, Voice, Voices

PREFERENCE = 0.25
"""Calibrated similarity by which another voice must be nearer to beat the one leaned towards."""

MEMORY_S = 60.0
"""A centroid weighs as much as this much speech at most, so that it follows a changing voice."""

AMPLE_S = 3.2
"""Less speech than this founds a further voice only if it is PREFERENCE below the threshold, or
contrasts with another voice in its utterance. One reader in 12 utterances of 0.7 to 10 s was taken
for 1.25 on average without this rule, for 1.07 with it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One voice heard in an utterance."""

    embedding: Embedding
    seconds: float
    """Of speech."""
    contrasted: bool = False
    """Heard beside another voice in the same utterance, and found to differ from it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an utterance with one voice."""

    start: float
    """Seconds."""
    end: float
    voice: int
    """Index of the voice among the utterance's samples."""


def attribute(
    voices: Voices,
    utterance_id: int,
    samples: Sequence[Sample],
    pieces: Sequence[Piece],
    num_speakers: int,
    similarity_threshold: float,
    calibration: Calibration,
) -> tuple[Voices, Verdict]:
    """Who spoke when, and what the session's voices are after that. The same if asked again.

    `samples` are the voices of the utterance, `pieces` where each of them is heard.
    """
    given = voices.verdict_on(utterance_id)
    if given is not None:
        return voices, given
    last = voices.speaker_before(utterance_id)
    speakers: list[Voice | None] = []
    for sample in samples:
        voices, voice = assign(
            voices, sample, last, num_speakers, similarity_threshold, calibration
        )
        speakers.append(voice)
    verdict = Verdict(utterance_id, tuple(_turn(piece, speakers[piece.voice]) for piece in pieces))
    return voices.with_verdict(verdict), verdict


def assign(
    voices: Voices,
    sample: Sample,
    last_speaker: int | None,
    num_speakers: int,
    similarity_threshold: float,
    calibration: Calibration,
) -> tuple[Voices, Voice | None]:
    """The voice that a sample belongs to, and the voices that have learnt from it.

    `num_speakers` 0 means no limit; `similarity_threshold` is in calibrated similarity.
    """
    alike = similarities(voices, sample, calibration)
    near = [similarity >= similarity_threshold for similarity in alike]
    if sample.seconds < calibration.minimum_seconds:
        if not alike:
            return voices, None
        return voices, _nearest(voices, alike, [v.speaker_id == last_speaker for v in voices.known])
    if any(near):
        candidates = [a if n else -math.inf for a, n in zip(alike, near, strict=True)]
        voice = _nearest(voices, candidates, [v.enrolled for v in voices.known])
        return _learn(voices, voice, sample)
    room = num_speakers == 0 or len(voices.known) < num_speakers
    if room and (not alike or max(alike) < similarity_threshold - _doubt(sample)):
        return _found(voices, sample)
    voice = _nearest(voices, alike, [False] * len(alike))
    return voices, None if voice.enrolled and max(alike) <= 0 else voice


def similarities(voices: Voices, sample: Sample, calibration: Calibration) -> list[float]:
    """Calibrated similarity of a sample to each known voice, in their order."""
    return [
        calibration.similarity(
            float(np.dot(voice.centroid, sample.embedding)), sample.seconds, voice.seconds
        )
        for voice in voices.known
    ]


def _turn(piece: Piece, voice: Voice | None) -> Turn:
    if voice is None:
        return Turn(piece.start, piece.end, None, None)
    return Turn(piece.start, piece.end, voice.speaker_id, voice.label)


def _doubt(sample: Sample) -> float:
    return 0.0 if sample.contrasted or sample.seconds >= AMPLE_S else PREFERENCE


def _nearest(voices: Voices, alike: Sequence[float], favoured: Sequence[bool]) -> Voice:
    scores = [a + PREFERENCE * favour for a, favour in zip(alike, favoured, strict=True)]
    return voices.known[int(np.argmax(scores))]


def _found(voices: Voices, sample: Sample) -> tuple[Voices, Voice]:
    voice = Voice(
        speaker_id=voices.free_speaker_id(),
        name=None,
        enrolled=False,
        centroid=tuple(map(float, sample.embedding)),
        seconds=sample.seconds,
    )
    return voices.with_voice(voice), voice


def _learn(voices: Voices, voice: Voice, sample: Sample) -> tuple[Voices, Voice]:
    if voice.enrolled:  # a voice print stays what its owner made it
        return voices, voice
    before = min(voice.seconds, MEMORY_S)
    total = np.asarray(voice.centroid) * before + sample.embedding * sample.seconds
    voice = replace(
        voice,
        centroid=tuple(map(float, total / np.linalg.norm(total))),
        seconds=before + sample.seconds,
    )
    return voices.with_voice(voice), voice
