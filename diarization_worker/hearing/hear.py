"""A stretch of audio → the voices in it, and when each is heard."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from diarization_worker.encoders.encoder import Audio
from diarization_worker.hearing.clustering import Sample, join_alike
from diarization_worker.hearing.local import STEP, find_local_voices
from diarization_worker.hearing.naming import name_voices
from diarization_worker.hearing.stitching import stitch
from diarization_worker.hearing.voices import HeardVoice, Hearing, Turn
from diarization_worker.models import VoiceModels
from diarization_worker.segmentation.regions import drop_short, fill_gaps, regions

THRESHOLD: Final = 0.75
"""Calibrated similarity from which voices of two windows are one. 0.65 does as well on all the
recordings of docs/speakers.md; from 0.85 on, one voice is often taken for two."""

SHORTEST_S: Final = 0.1
"""Shorter turns, and shorter pauses within one, are not told, seconds."""


def hear(
    audio: Audio,
    models: VoiceModels,
    *,
    num_voices: int | None = None,
    max_voices: int | None = None,
    threshold: float = THRESHOLD,
) -> Hearing:
    """The voices of any stretch of audio, from 0.3 s to hours; raises EngineError.

    `num_voices`: exactly so many, when so many can be heard; `max_voices`: at most so many;
    `threshold`: calibrated similarity from which voices heard at different times are one. What the
    segmentation net has told apart within one window (`models.longest`) stays apart but for a
    similarity of `local.SPLIT`.
    """
    windows = find_local_voices(audio, models)
    local = [(number, voice) for number, window in enumerate(windows) for voice in window.voices]
    if not local:
        return Hearing()
    several = len(windows) > 1
    samples = [Sample(voice.embedding, voice.seconds, number) for number, voice in local]
    overlap = 1 / STEP if several else 1.0
    labels = name_voices(
        samples,
        models.calibration,
        threshold,
        least=models.calibration.minimum_seconds if several else 0.0,
        overlap=overlap,
        num_voices=num_voices,
        max_voices=max_voices,
    )
    voices = _voices(samples, labels, [voice.clear for _, voice in local], overlap)
    heard, best = stitch(windows, labels, len(audio) / SAMPLE_RATE)
    frame_s = windows[0].activity.frame_s
    shortest = round(SHORTEST_S / frame_s)
    return _hearing(
        voices,
        _turns(heard, frame_s, shortest, gap=shortest),
        _turns(best, frame_s, shortest, gap=0),
    )


def _voices(
    samples: Sequence[Sample], labels: Sequence[int], clear: Sequence[bool], overlap: float
) -> list[HeardVoice]:
    """The voice of each label, from what nobody talks over where there is any of it."""
    heard_alone = {label for label, its in zip(labels, clear, strict=True) if its}
    telling = [
        (sample, label)
        for sample, label, its in zip(samples, labels, clear, strict=True)
        if its or label not in heard_alone
    ]
    joined = join_alike([s for s, _ in telling], [label for _, label in telling], overlap)
    return [HeardVoice(sample.embedding, sample.seconds) for sample in joined]


def _turns(heard: NDArray[np.bool_], frame_s: float, shortest: int, *, gap: int) -> list[Turn]:
    turns = [
        Turn(region.start, region.end, voice)
        for voice in range(heard.shape[1])
        for region in regions(drop_short(fill_gaps(heard[:, voice], gap), shortest), frame_s)
    ]
    return sorted(turns, key=lambda turn: (turn.start, turn.voice))


def _hearing(
    voices: Sequence[HeardVoice], turns: Sequence[Turn], exclusive: Sequence[Turn]
) -> Hearing:
    order = list(dict.fromkeys(turn.voice for turn in turns))
    told, leading = (
        tuple(Turn(turn.start, turn.end, order.index(turn.voice)) for turn in each)
        for each in (turns, exclusive)
    )
    return Hearing(tuple(voices[voice] for voice in order), told, leading)
