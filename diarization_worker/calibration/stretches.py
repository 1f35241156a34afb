"""Recorded voices, and stretches of them as an encoder hears them over a line."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from diarization_worker.calibration.calibration import Floats
from diarization_worker.calibration.conditions import Condition
from diarization_worker.encoders.encoder import Audio, Embedding

Voices = Mapping[str, Sequence[Audio]]
"""Recordings by speaker."""

Embed = Callable[[Sequence[Audio]], list[Embedding]]


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Embeddings of equally long stretches of speech, over one line."""

    seconds: int
    vectors: Floats
    """Shape [n, dim]."""
    speakers: NDArray[np.int64]
    recordings: NDArray[np.int64]
    """Counted over all speakers."""

    def one_voice(self, other: "Stretches") -> NDArray[np.bool_]:
        """Pairs of different recordings of one speaker, shape [n, m]."""
        different = self.recordings[:, None] != other.recordings
        return np.asarray(different & ~self.two_voices(other))

    def two_voices(self, other: "Stretches") -> NDArray[np.bool_]:
        """Pairs of speakers, shape [n, m]."""
        return np.asarray(self.speakers[:, None] != other.speakers)


def stretches(
    embed: Embed, voices: Voices, line: Condition, seconds: int, most: int = 3
) -> Stretches:
    """Up to `most` stretches of each recording that is long enough, over a line.

    Raises ValueError where there are none, EngineError where one has no sound.
    """
    audios, speakers, recordings = [], [], []
    size, count = seconds * SAMPLE_RATE, 0
    for number, speaker in enumerate(sorted(voices)):
        for recording in voices[speaker]:
            count += 1
            there = line(recording)
            for start in range(0, len(there) - size + 1, size)[:most]:
                audios.append(there[start : start + size])
                speakers.append(number)
                recordings.append(count)
    if not audios:
        raise ValueError(f"no recording is {seconds} s long")
    vectors = np.stack(embed(audios))
    return Stretches(seconds, vectors, np.array(speakers), np.array(recordings))


def read_voices(folder: Path) -> dict[str, list[Audio]]:
    """Speakers of a folder: each a folder of recordings or a single recording.

    Raises ValueError where a recording isn't at 16 kHz, or there is none.
    """
    voices: dict[str, list[Audio]] = {}
    for entry in sorted(folder.iterdir()):
        files: Iterable[Path] = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
        recordings = [_read(file) for file in files if file.suffix in {".flac", ".wav", ".ogg"}]
        if recordings:
            voices[entry.stem] = recordings
    if not voices:
        raise ValueError(f"there are no .flac, .wav or .ogg files in {folder}")
    return voices


def _read(file: Path) -> Audio:
    import soundfile

    audio, rate = soundfile.read(file, dtype="float32", always_2d=True)
    if rate != SAMPLE_RATE:
        raise ValueError(
            f"{file} is at {rate} Hz; make it {SAMPLE_RATE} (ffmpeg -ar {SAMPLE_RATE})"
        )
    return np.asarray(audio.mean(axis=1), np.float32)
