"""Whole recordings: how much of what is said is given to the right speaker."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from contract.audio import SAMPLE_RATE
from diarization_worker.encoders.encoder import Audio
from diarization_worker.models import VoiceModels
from diarization_worker.recordings.diarizer import diarize
from evaluation.conversations import KINDS, converse, readings
from evaluation.error_rate import Errors, Turns, count_errors, read_rttm, sum_errors
from evaluation.tables import Table, percent

COLUMNS: Final = (
    "recording",
    "speakers",
    "found",
    "DER",
    "missed",
    "invented",
    "confused",
    "DER, number given",
    "found",
)

CONVERSATIONS: Final = 2
"""Of each kind."""

CONVERSATION_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording, and who speaks when."""

    name: str
    audio: Audio
    turns: Turns
    seconds: float
    """What the turns are complete for, from the beginning."""

    @property
    def speakers(self) -> int:
        """How many there are."""
        return len({who for *_, who in self.turns})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out for a recording."""

    errors: Errors
    found: int
    """Speakers."""


def run(data: Path, models: VoiceModels) -> list[Table]:
    """Two tables: real conversations, and ones made of readings. Some minutes on one core."""
    excerpts = list(meeting_excerpts(data))
    scene = film_scene(data)
    real = [
        *_rows([sample_conversation()], models),
        *_rows([*excerpts, scene], models, "diarization/ in all"),
    ]
    made = list(_made(data))
    note = "DER without a collar, overlapped speech counted; the number of speakers not given."
    return [
        Table("Whole recordings", COLUMNS, real, note),
        Table(
            "Conversations made of LibriSpeech readings",
            COLUMNS,
            _rows(made, models, "in all"),
            "The reference takes pauses from 0.3 s out, by level alone; so some is always missed.",
        ),
    ]


def judge(recording: Recording, models: VoiceModels, num_speakers: int | None = None) -> Outcome:
    """Diarize a recording and count the errors."""
    told = diarize(recording.audio, models, num_speakers)
    turns = [(turn.start, turn.end, turn.speaker) for turn in told.overlapping]
    return Outcome(count_errors(recording.turns, turns, recording.seconds), len(told.speakers))


def sample_conversation() -> Recording:
    """The telephone call of two women that pyannote.audio carries, 30 s."""
    package = find_spec("pyannote.audio")
    if package is None or package.origin is None:
        raise FileNotFoundError("pyannote.audio is not installed")
    folder = Path(package.origin).parent / "sample"
    (turns,) = read_rttm(folder / "sample.rttm").values()
    return _recording("sample conversation", folder / "sample.wav", turns)


def meeting_excerpts(data: Path) -> Iterator[Recording]:
    """Eight excerpts of AMI meetings, 30 s each."""
    folder = data / "diarization"
    turns = read_rttm(folder / "debug.train.rttm")
    for line in (folder / "debug.train.uem").read_text().splitlines():
        name, _, _, end = line.split()
        file = folder / f"{name}.wav"
        if file.exists():
            yield _recording(name, file, turns.get(name, []), float(end))


def film_scene(data: Path) -> Recording:
    """Four speakers in 42 s; its reference is coarse."""
    folder = data / "diarization"
    (turns,) = read_rttm(folder / "diarizationExample.rttm").values()
    return _recording("diarizationExample", folder / "diarizationExample.wav", turns)


def _made(data: Path) -> Iterator[Recording]:
    speakers = readings(data)
    for number in range(CONVERSATIONS):
        for place, kind in enumerate(KINDS):
            made = converse(speakers, kind, number * len(KINDS) + place, CONVERSATION_S)
            yield Recording(made.name, made.audio, made.turns, len(made.audio) / SAMPLE_RATE)


def _recording(name: str, file: Path, turns: Turns, seconds: float | None = None) -> Recording:
    audio, rate = soundfile.read(file, dtype="float32")
    if rate != SAMPLE_RATE:
        raise ValueError(f"{file} has a rate of {rate} Hz, not {SAMPLE_RATE}")
    return Recording(name, np.asarray(audio), turns, seconds or len(audio) / SAMPLE_RATE)


def _rows(
    recordings: Sequence[Recording], models: VoiceModels, in_all: str | None = None
) -> list[tuple[str, ...]]:
    free = [judge(recording, models) for recording in recordings]
    given = [judge(recording, models, recording.speakers) for recording in recordings]
    rows = [
        (
            recording.name,
            str(recording.speakers),
            str(one.found),
            *_figures(one.errors),
            percent(other.errors.rate),
            str(other.found),
        )
        for recording, one, other in zip(recordings, free, given, strict=True)
    ]
    if in_all:
        total = sum_errors(outcome.errors for outcome in free)
        known = sum_errors(outcome.errors for outcome in given)
        rows.append((in_all, "", "", *_figures(total), percent(known.rate), ""))
    return rows


def _figures(errors: Errors) -> tuple[str, ...]:
    return (
        percent(errors.rate),
        percent(errors.share(errors.missed)),
        percent(errors.share(errors.invented)),
        percent(errors.share(errors.confused)),
    )
