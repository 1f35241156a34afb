"""Whose each voice of an utterance is, and which earlier answers were wrong. Pure.

Speech in a speaker's group is that speaker's. Other speech is given to the speaker it is nearest
to, or to nobody, if it is nearer to a stranger or not near enough to anybody: the less of it there
is, the less it must sound like them, and the more it counts who spoke just before. Speech told to
be another's before is corrected where that is clear, and twice at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from diarization_worker.calibration.calibration import Calibration
from diarization_worker.live.speakers import Speaker
from diarization_worker.live.voices import Sample

LENIENCE: Final = 0.2
"""Calibrated similarity by which the shortest speech may miss the threshold: it hardly ever is as
alike as that."""

ENOUGH_S: Final = 2.0
"""Speech from which the threshold holds in full, seconds."""

LEAN: Final = 0.15
"""Calibrated similarity that it is worth to have spoken last, without a pause since: so much that a
sentence cut at its greatest length goes on with the same speaker."""

PAUSE_S: Final = 1.0
"""After a pause like this anybody may go on, seconds."""

MARGIN: Final = 0.1
"""Calibrated similarity by which another answer must be better to correct one."""

MOST_CORRECTIONS: Final = 2
"""Of the same speech."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whose a sample is."""

    speaker_id: int | None
    advantage: float
    """Calibrated similarity by which that is better than what was told before."""


def answer(
    index: int,
    samples: Sequence[Sample],
    speakers: Sequence[Speaker],
    threshold: float,
    calibration: Calibration,
) -> Answer:
    """Whose sample `index` is, among all remembered and new ones in order of time."""
    sample = samples[index]
    owner = next((s.speaker_id for s in speakers if index in s.samples), None)
    if owner is not None and owner == sample.speaker_id:
        return Answer(owner, 0.0)
    scores = _scores(index, sample, speakers, threshold, calibration)
    if owner is None:
        before = who_spoke_before(samples, sample)
        if before is not None and before.speaker_id in scores:
            pause = max(0.0, sample.start - before.end)
            scores[before.speaker_id] += LEAN * max(0.0, 1 - pause / PAUSE_S)
        owner = max(scores, key=lambda speaker_id: scores[speaker_id])
    if sample.speaker_id not in scores:  # that speaker proved to be none
        return Answer(owner, 1.0)
    return Answer(owner, scores[owner] - scores[sample.speaker_id])


def _scores(
    index: int,
    sample: Sample,
    speakers: Sequence[Speaker],
    threshold: float,
    calibration: Calibration,
) -> dict[int | None, float]:
    """By how much a sample is more alike than it must be, to each speaker and the next stranger."""
    others = [s for s in speakers if s.speaker_id is not None or s.samples != {index}]
    scores: dict[int | None, float] = {None: 0.0}
    if not others:
        return scores
    known = [speaker.apart_from(index, sample) for speaker in others]
    alike = calibration.similarities(
        sample.embedding,
        sample.seconds,
        np.array([embedding for embedding, _ in known]),
        np.array([seconds for _, seconds in known]),
    )
    bar = threshold - LENIENCE * max(0.0, 1 - sample.seconds / ENOUGH_S)
    for other, similarity in zip(others, alike.tolist(), strict=True):
        score = similarity - bar
        scores[other.speaker_id] = max(score, scores.get(other.speaker_id, score))
    return scores


def is_correction(sample: Sample, answer: Answer) -> bool:
    """Whether an answer replaces what was told of a sample before."""
    return (
        answer.speaker_id != sample.speaker_id
        and answer.advantage >= MARGIN
        and sample.corrections < MOST_CORRECTIONS
    )


def who_spoke_before(samples: Sequence[Sample], sample: Sample) -> Sample | None:
    """The last one heard in utterances before, unless others come between."""
    before = [s for s in samples if s is not sample and s.start < sample.start]
    last = max(before, key=lambda s: s.end, default=None)
    if last is None or last.utterance_id == sample.utterance_id:
        return None
    return last
