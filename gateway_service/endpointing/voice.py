"""Is this frame speech? WebRTC VAD, a level gate and a test for noise, each able to say no."""

import math
from collections import deque
from typing import Final

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from contract.parameters import Parameters

FRAME_MS: Final = 30
FRAME_SAMPLES: Final = SAMPLE_RATE * FRAME_MS // 1000
FRAME_BYTES: Final = FRAME_SAMPLES * BYTES_PER_SAMPLE

_BLOCKS: Final = 6
"""Level is measured in blocks of 5 ms."""

_CLICK_DB: Final = 12.0
"""A frame whose loudest block stands this far above its median block holds a click, not a voice:
true of 3% of the voiced frames of read speech, of 84% of those of keyboard clicks."""

_BAND_EDGES_HZ: Final = (100, 300, 600, 1000, 1500, 2200, 3200, 4600, 7000)
_BAND_FLOOR_DB: Final = -75.0
"""Below this a band holds rounding errors, whose variance means nothing."""

_WINDOW_FRAMES: Final = 50
"""Speech-likeness looks back over 1.5 s of voiced frames: several syllables."""

MIN_EVIDENCE_FRAMES: Final = 4
"""Fewer frames in a row (120 ms) are no syllable."""


class VoiceDetector:
    """Decides frame by frame; what it remembers never outlives one utterance.

    A frame is voiced when its level passes `rms_threshold`, it is no click, WebRTC VAD takes it
    for speech, and the log-band energies of the voiced frames before it vary as those of speech
    do: syllables come and go, while fans, hum and white noise stay.
    """

    def __init__(self, parameters: Parameters) -> None:
        self._vad = webrtcvad.Vad(parameters.vad_mode)
        self._rms_threshold = parameters.rms_threshold
        self._variance = BandVariance()
        self._var_threshold = parameters.var_threshold

    def voiced(self, frame: bytes) -> tuple[bool, float]:
        """Judge FRAME_BYTES of audio: whether it is speech, and its level in dBFS."""
        samples = np.frombuffer(frame, np.int16).astype(np.float32) / np.float32(32768)
        level, peak = frame_levels(samples)
        if level < self._rms_threshold or peak - level > _CLICK_DB:
            return False, level
        if not self._vad.is_speech(frame, SAMPLE_RATE):
            return False, level
        if self._var_threshold:
            self._variance.add(band_energies(samples))
            if self._variance.frames >= _WINDOW_FRAMES // 2:
                return self.speech_like, level
        return True, level

    @property
    def speech_like(self) -> bool:
        """Whether the voiced frames so far vary as speech does; too few of them never do."""
        if not self._var_threshold:
            return True
        enough = self._variance.frames >= MIN_EVIDENCE_FRAMES
        return enough and self._variance.value >= self._var_threshold


class BandVariance:
    """Variance over time of log-band energies over the last 1.5 s, kept incrementally."""

    def __init__(self) -> None:
        self._window: deque[NDArray[np.float64]] = deque()
        self._sum = np.zeros(len(_BAND_EDGES_HZ) - 1)
        self._squares = np.zeros(len(_BAND_EDGES_HZ) - 1)

    @property
    def frames(self) -> int:
        """How many frames the variance is over."""
        return len(self._window)

    @property
    def value(self) -> float:
        """Mean of the bands' variances, dB²."""
        mean = self._sum / len(self._window)
        return float((self._squares / len(self._window) - mean * mean).mean())

    def add(self, energies: NDArray[np.float64]) -> None:
        """Take in a frame's band energies, dB."""
        self._window.append(energies)
        self._sum += energies
        self._squares += energies * energies
        if len(self._window) > _WINDOW_FRAMES:
            oldest = self._window.popleft()
            self._sum -= oldest
            self._squares -= oldest * oldest


def frame_levels(samples: NDArray[np.float32]) -> tuple[float, float]:
    """Levels of a frame's 5 ms blocks in dBFS: the median, which no click raises, and the peak."""
    blocks = samples.reshape(_BLOCKS, -1)
    powers = sorted((np.einsum("ij,ij->i", blocks, blocks) / blocks.shape[1]).tolist())
    median = (powers[_BLOCKS // 2 - 1] + powers[_BLOCKS // 2]) / 2
    return 10 * math.log10(median + 1e-12), 10 * math.log10(powers[-1] + 1e-12)


def band_energies(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Energies of a frame in eight bands from 100 Hz to 7 kHz, dBFS, floored at -75."""
    spectrum = np.fft.rfft(samples * _HANN)
    power = (spectrum.real**2 + spectrum.imag**2) / len(samples) ** 2
    sums = np.add.reduceat(power, _BAND_BINS)[:-1]
    energies: NDArray[np.float64] = np.maximum(10 * np.log10(sums + 1e-12), _BAND_FLOOR_DB)
    return energies


_HANN: Final = np.hanning(FRAME_SAMPLES)
_BAND_BINS: Final = [round(edge * FRAME_SAMPLES / SAMPLE_RATE) for edge in _BAND_EDGES_HZ]
