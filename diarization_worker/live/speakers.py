"""Who speaks in a session, as far as is known by now. Pure.

All that is remembered is grouped afresh with each utterance, so that what was heard first is judged
by what has become known since. Groups around an enrolled voice, or one that was discovered long
ago, are that speaker's. Of the others the speakers known by now stay, then the longest become
speakers, up to `num_speakers`; in doubt short speech does not.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from diarization_worker.calibration.calibration import Calibration
from diarization_worker.encoders.encoder import Embedding
from diarization_worker.live.grouping import NOBODY, Group, Point, group
from diarization_worker.live.voices import Sample, Voices

AMPLE_S: Final = 3.0
"""Speech from which a voice unlike all speakers is another speaker for sure, seconds."""

DOUBT: Final = 0.2
"""Less speech must be less alike than the threshold by this much."""

MOST_SPEAKERS: Final = 50
"""Where there is no limit."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker of a session, or a voice that is none of them."""

    speaker_id: int | None
    """Null: a stranger, for whom there is no room or too little evidence."""
    enrolled: bool
    group: Group
    samples: frozenset[int]
    """Indices of the samples that are certainly of this voice."""

    def apart_from(self, index: int, sample: Sample) -> tuple[Embedding, float]:
        """The speaker's embedding and the seconds behind it, without what one sample adds."""
        alone = len(self.group.members) == 1
        if self.enrolled or alone or index not in self.samples:
            return self.group.embedding, self.group.seconds
        rest = self.group.total - sample.embedding * sample.seconds
        others = Group((), rest, self.group.seconds - sample.seconds)
        return others.embedding, others.seconds


def find_speakers(
    voices: Voices,
    samples: Sequence[Sample],
    num_speakers: int,
    threshold: float,
    calibration: Calibration,
) -> list[Speaker]:
    """The speakers, then the strangers, given all remembered samples and new ones.

    `num_speakers` 0: no limit. Samples of less than the calibration's `minimum_seconds` neither
    found a speaker nor teach one.
    """
    indices = [i for i, s in enumerate(samples) if s.seconds >= calibration.minimum_seconds]
    points = [
        *(Point(v.embedding, v.seconds, v.speaker_id, enrolled=True) for v in voices.enrolled),
        *(Point(v.embedding, v.seconds, v.speaker_id) for v in voices.faded),
        *(
            Point(s.embedding, s.seconds, NOBODY if s.speaker_id is None else s.speaker_id)
            for s in (samples[i] for i in indices)
        ),
    ]
    lasting = len(points) - len(indices)

    def speaker(speaker_id: int | None, group: Group) -> Speaker:
        own = frozenset(indices[m - lasting] for m in group.members if m >= lasting)
        enrolled = points[group.members[0]].enrolled
        return Speaker(speaker_id, enrolled, group, own)

    groups = group(points, threshold, calibration)
    known = [speaker(points[g.members[0]].told, g) for g in groups if g.members[0] < lasting]
    taken = {s.speaker_id for s in known if s.speaker_id is not None}
    candidates = [
        _Candidate(g, *_told_before(g, points, taken)) for g in groups if g.members[0] >= lasting
    ]
    room = (num_speakers or MOST_SPEAKERS) - len(known)
    chosen: list[_Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (not c.settled, -c.group.seconds)):
        others = [s.group for s in known] + [c.group for c in chosen]
        if len(chosen) < room and candidate.distinct(others, threshold, calibration):
            chosen.append(candidate)
    free = (i for i in voices.free_ids() if i not in taken)
    for candidate in sorted(chosen, key=lambda c: (-c.told_seconds, c.group.members)):
        keeps = candidate.told != NOBODY and candidate.told not in taken
        speaker_id = candidate.told if keeps else next(free)
        taken.add(speaker_id)
        known.append(speaker(speaker_id, candidate.group))
    strangers = [speaker(None, c.group) for c in candidates if c not in chosen]
    return known + strangers


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A group that may become, or stay, a discovered speaker."""

    group: Group
    told: int
    """The speaker that most of it was told to be of, other than lasting ones."""
    told_seconds: float

    @property
    def settled(self) -> bool:
        return self.told_seconds >= AMPLE_S

    def distinct(self, others: Sequence[Group], threshold: float, calibration: Calibration) -> bool:
        """Whether this is no speaker among the others, beyond doubt."""
        if self.told != NOBODY or self.group.seconds >= AMPLE_S:
            return True
        return all(
            calibration.similarity(
                self.group.embedding, self.group.seconds, other.embedding, other.seconds
            )
            < threshold - DOUBT
            for other in others
        )


def _told_before(group: Group, points: Sequence[Point], taken: set[int]) -> tuple[int, float]:
    told: Counter[int] = Counter()
    for point in (points[m] for m in group.members):
        if point.told != NOBODY and point.told not in taken:
            told[point.told] += point.seconds  # type: ignore[assignment]  # seconds, not a count
    return max(told.items(), key=lambda item: item[1], default=(NOBODY, 0.0))
