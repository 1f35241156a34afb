"""Who speaks when in a recording, told by the models in this process."""

from dataclasses import dataclass
from typing import Final

from client.speakers.local import worker_packages
from client.speakers.recordings import Recording

LONGEST_S: Final = 3 * 3600.0
"""A recording may be as long as this: 700 MB of samples."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A speaker's stretch of a recording."""

    start: float
    """Seconds."""
    end: float
    speaker: str
    """SPEAKER_00, SPEAKER_01, … in the order in which they are first heard."""


@dataclass(frozen=True, slots=True)
class Diarization:
    """Turns in order of their starts, and as text for other tools."""

    turns: tuple[Turn, ...]
    rttm: str


def diarize(
    recording: Recording, name: str, num_speakers: int | None, exclusive: bool
) -> Diarization:
    """Tell who speaks when; with exactly `num_speakers`, where so many can be heard.

    `name`: what RTTM calls the recording; `exclusive`: one speaker at a time, where otherwise
    turns overlap. The models are chosen as a diarization worker's are. Raises SoriError.
    """
    with worker_packages():
        from diarization_worker.models import load
        from diarization_worker.recordings.diarizer import load_diarizer
        from diarization_worker.recordings.rttm import write_rttm
        from diarization_worker.settings import DiarizationSettings
        from worker_runtime.decoding import decode
    audio = decode(recording.content, longest_s=LONGEST_S)
    settings = DiarizationSettings()
    told = load_diarizer(settings, load(settings)).diarize(audio, num_speakers)
    turns = told.exclusive if exclusive else told.overlapping
    return Diarization(
        tuple(Turn(round(turn.start, 3), round(turn.end, 3), turn.speaker) for turn in turns),
        write_rttm(turns, name),
    )
