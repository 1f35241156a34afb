"""Who speaks when in a recording. Pure."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class SpeakerTurn:
    """Somebody speaks."""

    start: float
    """Seconds."""
    end: float
    speaker: str
    """SPEAKER_00, SPEAKER_01, … in order of appearance."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


Stretch = tuple[float, float, Hashable]
"""Start and end in seconds, and whoever it is."""


@dataclass(frozen=True, slots=True)
class RecordingTurns:
    """The turns of a recording, in order of their starts."""

    overlapping: tuple[SpeakerTurn, ...] = ()
    """As they were heard; people talk at once."""
    exclusive: tuple[SpeakerTurn, ...] = ()
    """One speaker at a time, for texts: where several talk, the one heard best."""

    @property
    def speakers(self) -> tuple[str, ...]:
        """In order of appearance."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.overlapping))


def named_turns(
    heard: Iterable[Stretch], exclusive: Iterable[Stretch] | None = None
) -> RecordingTurns:
    """Turns in any order, under the names that speakers go by here; without `exclusive` ones, they
    are made of the others."""
    in_order = sorted(heard, key=lambda turn: turn[:2])
    names = {
        who: f"SPEAKER_{number:02d}"
        for number, who in enumerate(dict.fromkeys(who for *_, who in in_order))
    }
    overlapping = tuple(SpeakerTurn(start, end, names[who]) for start, end, who in in_order)
    if exclusive is None:
        return RecordingTurns(overlapping, make_exclusive(overlapping))
    alone = sorted(SpeakerTurn(start, end, names[who]) for start, end, who in exclusive)
    return RecordingTurns(overlapping, tuple(alone))


def make_exclusive(turns: Sequence[SpeakerTurn]) -> tuple[SpeakerTurn, ...]:
    """The same turns with one speaker at a time, where nobody knows who was heard best: the longest
    turn keeps what is contested."""
    edges = [(turn.start, index) for index, turn in enumerate(turns)]
    edges += [(turn.end, index) for index, turn in enumerate(turns)]
    active: set[int] = set()
    kept: list[SpeakerTurn] = []
    since = 0.0
    for moment, index in sorted(edges):
        if active and moment > since:
            longest = max((turns[i] for i in active), key=lambda turn: (turn.seconds, -turn.start))
            _extend(kept, SpeakerTurn(since, moment, longest.speaker))
        since = moment
        active ^= {index}
    return tuple(kept)


def _extend(turns: list[SpeakerTurn], turn: SpeakerTurn) -> None:
    """Append the turn, or lengthen the last one by it where they touch."""
    if turns and turns[-1].end == turn.start and turns[-1].speaker == turn.speaker:
        turns[-1] = SpeakerTurn(turns[-1].start, turn.end, turn.speaker)
    else:
        turns.append(turn)
