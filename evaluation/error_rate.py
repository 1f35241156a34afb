"""The diarization error rate: no collar, overlapped speech counted."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from diarization_worker.recordings import rttm

Turns = Sequence[tuple[float, float, str]]
"""Start and end in seconds, and who speaks."""


@dataclass(frozen=True, slots=True)
class Errors:
    """What a diarization got wrong, in seconds of speech; where two speak, each second is two."""

    spoken: float
    missed: float
    invented: float
    confused: float

    @property
    def rate(self) -> float:
        """All errors as a share of what was spoken."""
        return self.share(self.missed + self.invented + self.confused)

    def share(self, seconds: float) -> float:
        """Seconds as a share of what was spoken."""
        return seconds / self.spoken if self.spoken else 0.0


def count_errors(reference: Turns, hypothesis: Turns, seconds: float) -> Errors:
    """The errors in the first `seconds` of a recording, whatever the speakers are called."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyannote.core import Annotation, Segment, Timeline
        from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(turns: Turns) -> Annotation:
        made = Annotation()
        for track, (start, end, who) in enumerate(turns):
            made[Segment(start, end), track] = who
        return made

    metric = DiarizationErrorRate(collar=0.0, skip_overlap=False)
    heard = Timeline([Segment(0.0, seconds)])
    parts = metric.compute_components(annotation(reference), annotation(hypothesis), uem=heard)
    return Errors(
        parts["total"], parts["missed detection"], parts["false alarm"], parts["confusion"]
    )


def sum_errors(errors: Iterable[Errors]) -> Errors:
    """Those of several recordings together."""
    listed = list(errors)
    return Errors(
        sum(one.spoken for one in listed),
        sum(one.missed for one in listed),
        sum(one.invented for one in listed),
        sum(one.confused for one in listed),
    )


def error_rate(reference: Turns, hypothesis: Turns, seconds: float) -> float:
    """Missed, invented and confused speech in a recording, as a share of what was spoken."""
    return count_errors(reference, hypothesis, seconds).rate


def read_rttm(path: Path) -> dict[str, Turns]:
    """The turns of each recording in an RTTM file, by its name there."""
    return {
        recording: [(turn.start, turn.end, turn.speaker) for turn in turns]
        for recording, turns in rttm.read_rttm(path.read_text()).items()
    }
