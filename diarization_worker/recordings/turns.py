"""Who speaks when in a recording. Pure."""

from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True, slots=True)
class RecordingTurns:
    """The turns of a recording, in order of their starts."""

    overlapping: tuple[SpeakerTurn, ...] = ()
    """As they were heard; people talk at once."""
    exclusive: tuple[SpeakerTurn, ...] = ()
    """One speaker at a time, for texts: where several talk, the one whose turn is longer."""

    @property
    def speakers(self) -> tuple[str, ...]:
        """In order of appearance."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.overlapping))


def name_speakers(turns: Iterable[tuple[float, float, object]]) -> tuple[SpeakerTurn, ...]:
    """Turns as (start, end, whoever), in any order, under the names that they go by here."""
    in_order = sorted(turns, key=lambda turn: turn[:2])
    names = {who: number for number, who in enumerate(dict.fromkeys(who for *_, who in in_order))}
    return tuple(
        SpeakerTurn(start, end, f"SPEAKER_{names[who]:02d}") for start, end, who in in_order
    )


def make_exclusive(turns: Sequence[SpeakerTurn]) -> tuple[SpeakerTurn, ...]:
    """The same turns with one speaker at a time: the longest turn keeps what is contested."""
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
