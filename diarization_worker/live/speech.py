"""What of a recording is speech, judged by its level alone. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from diarization_worker.encoders.encoder import Audio

FRAME: Final = SAMPLE_RATE * 30 // 1000

DYNAMICS_DB: Final = 25.0
"""Frames further below the speech's level are pauses."""

HANG_FRAMES: Final = 3
"""Frames kept on either side of speech: the soft beginnings and ends of words."""


def to_samples(pcm: bytes) -> Audio:
    """Audio as it travels (contract.audio) to float32 in [-1, 1]."""
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32_768)


def speech_level(audio: Audio) -> float:
    """Level of the louder parts, dBFS: the 90th percentile over frames of 30 ms."""
    levels = _levels(audio)
    return float(np.percentile(levels, 90)) if levels.size else -100.0


@dataclass(frozen=True, slots=True)
class Speech:
    """A recording without its pauses."""

    audio: Audio
    frames: NDArray[np.intp]
    """Which frames of the recording it is made of, in order."""
    recorded: float
    """Length of the recording, seconds."""

    @property
    def seconds(self) -> float:
        """Its own length."""
        return len(self.audio) / SAMPLE_RATE

    def moment(self, seconds: float) -> float:
        """When in the recording the sound is that comes after `seconds` of speech.

        0 and the end are those of the recording itself.
        """
        frame = round(seconds * SAMPLE_RATE) // FRAME
        if frame >= len(self.frames):
            return self.recorded
        return float(self.frames[frame] * FRAME / SAMPLE_RATE) if frame else 0.0


def find_speech(audio: Audio) -> Speech:
    """What of the audio is no pause; a recording of less than a frame as it is."""
    levels, recorded = _levels(audio), len(audio) / SAMPLE_RATE
    if not levels.size:
        return Speech(audio, np.empty(0, np.intp), recorded)
    loud = levels >= np.percentile(levels, 90) - DYNAMICS_DB
    kept = np.convolve(loud, np.ones(2 * HANG_FRAMES + 1), "same")[: len(loud)] > 0
    frames = audio[: len(levels) * FRAME].reshape(-1, FRAME)
    return Speech(frames[kept].reshape(-1), np.flatnonzero(kept), recorded)


def _levels(audio: Audio) -> NDArray[np.float32]:
    frames = audio[: len(audio) // FRAME * FRAME].reshape(-1, FRAME)
    rms = np.sqrt(np.mean(np.square(frames), axis=1))
    return np.asarray(20 * np.log10(np.maximum(rms, 1e-5)), np.float32)
