"""Recordings of real people, with who speaks when."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import soundfile

from diarization_worker.encoders.encoder import Audio


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody speaks; seconds of the recording."""

    who: str
    start: float
    end: float


def telephone_call() -> tuple[Audio, list[Turn]]:
    """The call between two women that pyannote.audio carries, 25 s of speech in 30 s."""
    package = find_spec("pyannote.audio")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / "sample"
    audio, rate = soundfile.read(folder / "sample.wav", dtype="float32")
    assert rate == 16_000
    turns = []
    for line in (folder / "sample.rttm").read_text().splitlines():
        fields = line.split()
        start, seconds = float(fields[3]), float(fields[4])
        turns.append(Turn(fields[7], start, start + seconds))
    return audio, turns
