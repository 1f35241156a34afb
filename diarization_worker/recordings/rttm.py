"""Turns as RTTM, the line format that diarization tools exchange (NIST, RT-09 evaluation plan)."""

from collections.abc import Iterable, Iterator

from diarization_worker.recordings.turns import SpeakerTurn


def write_rttm(turns: Iterable[SpeakerTurn], recording: str) -> str:
    """One line a turn; `recording` names the file, without spaces."""
    name = "_".join(recording.split()) or "recording"
    return "".join(
        f"SPEAKER {name} 1 {turn.start:.3f} {turn.seconds:.3f} <NA> <NA> {turn.speaker} <NA> <NA>\n"
        for turn in turns
    )


def read_rttm(text: str) -> dict[str, list[SpeakerTurn]]:
    """The turns of each recording that the text is about, in order of their starts.

    Speakers keep the names they have there. Raises ValueError, with the line, on one that can't be
    read; lines of other types than SPEAKER are left out.
    """
    turns: dict[str, list[SpeakerTurn]] = {}
    for recording, turn in _turns(text):
        turns.setdefault(recording, []).append(turn)
    return {recording: sorted(its) for recording, its in turns.items()}


def _turns(text: str) -> Iterator[tuple[str, SpeakerTurn]]:
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            continue
        try:
            recording, start, seconds, speaker = fields[1], fields[3], fields[4], fields[7]
            turn = SpeakerTurn(float(start), float(start) + float(seconds), speaker)
        except (IndexError, ValueError) as error:
            raise ValueError(f"line {number} is no RTTM: {line}") from error
        yield recording, turn
