"""How a recording sounds: features of frames, computed once over all of it, then sliced.

Frames as librosa makes them (32 ms at every 10 ms, centred, zeros beyond the ends), and its
definitions: spectral centroid and roll-off of magnitudes, MFCCs by an orthonormal DCT of the dB
energies of Slaney's mel bands. The pitch is YIN's (media_worker.pitch).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from contract.recordings import MFCC, SegmentAcoustics, WordAcoustics
from media_worker.pitch import FRAME, find_pitch

Floats = NDArray[np.float32]

WINDOW: Final = 512
"""Samples of a frame: 32 ms."""

HOP: Final = 160
"""Samples from frame to frame: 10 ms."""

MEL_BANDS: Final = 80
ROLLOFF: Final = 0.85
SILENT_DB: Final = -120.0
"""The level of digital silence, dBFS."""

LEAST_VOICED: Final = 0.2
"""Share of a stretch's frames that must be voiced for it to have a pitch."""

QUIETEST_VOICE_DB: Final = -60.0
"""Frames below it have no pitch: what is periodic in them is hum."""

METHOD: Final = "librosa's definitions; pitch: YIN (de Cheveigné & Kawahara, 2002)"

_BLOCK: Final = 1000
"""Frames at once: 10 s, some 10 MB."""

_PAD: Final = max(WINDOW, FRAME) // 2 + 1


@dataclass(frozen=True, slots=True)
class Frames:
    """The features of a recording's frames; row i is about the time i · HOP."""

    power: Floats
    """Mean square, shape [frames]."""
    pitch: Floats
    """Hz, NaN where unvoiced."""
    centroid: Floats
    """Hz."""
    rolloff: Floats
    """Hz."""
    mfcc: Floats
    """Shape [frames, MFCC]."""

    def of_word(self, start: float, end: float) -> WordAcoustics:
        """Features of a stretch, seconds; at least the frame in its middle."""
        at = self._slice(start, end)
        return WordAcoustics(
            volume_db=_level(self.power[at]),
            pitch_hz=_median(self.pitch[at]),
            spectral_centroid=_mean(self.centroid[at]),
        )

    def of_segment(self, start: float, end: float) -> SegmentAcoustics:
        """The same, with all features."""
        at = self._slice(start, end)
        return SegmentAcoustics(
            mfcc=[round(float(value), 3) for value in self.mfcc[at].mean(axis=0)],
            pitch_hz=_median(self.pitch[at]),
            volume_db=_level(self.power[at]),
            rms=round(math.sqrt(float(self.power[at].mean())), 6),
            spectral_centroid=_mean(self.centroid[at]),
            spectral_rolloff=_mean(self.rolloff[at]),
        )

    def _slice(self, start: float, end: float) -> slice:
        last = len(self.power)
        first = min(math.ceil(start * SAMPLE_RATE / HOP), last - 1)
        after = min(math.floor(end * SAMPLE_RATE / HOP) + 1, last)
        if after > first:
            return slice(first, after)
        middle = min(round((start + end) / 2 * SAMPLE_RATE / HOP), last - 1)
        return slice(middle, middle + 1)


def analyse(pcm: BinaryIO, check: Callable[[], None] = lambda: None) -> Frames:
    """The frames of audio in the format of contract.audio; memory: 7 MB for each hour of it, and
    the block in hand. `check` is called for each block, and ends it by raising."""
    blocks = []
    held = np.zeros(_PAD, np.float32)  # starts _PAD samples before the next frame's middle
    while data := pcm.read(_BLOCK * HOP * BYTES_PER_SAMPLE):
        check()
        block = np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
        held = np.concatenate([held, block])
        ready = max(0, (len(held) - 2 * _PAD) // HOP)
        if ready:
            blocks.append(_features(held, ready))
            held = held[ready * HOP :]
    # Zeros beyond the end, and one frame for each HOP that has begun, as librosa counts them.
    rest = (len(held) - _PAD) // HOP + 1
    blocks.append(_features(np.concatenate([held, np.zeros(2 * _PAD, np.float32)]), rest))
    return Frames(
        power=np.concatenate([block.power for block in blocks]),
        pitch=np.concatenate([block.pitch for block in blocks]),
        centroid=np.concatenate([block.centroid for block in blocks]),
        rolloff=np.concatenate([block.rolloff for block in blocks]),
        mfcc=np.concatenate([block.mfcc for block in blocks]),
    )


def _features(samples: Floats, count: int) -> Frames:
    """Features of `count` frames, the first one's middle at sample _PAD."""
    frames = _framed(samples, WINDOW, count)
    magnitude = np.abs(np.fft.rfft(frames * _hann()))
    power = np.einsum("ij,ij->i", frames, frames) / WINDOW
    pitch = find_pitch(_framed(samples, FRAME, count))
    pitch[power < 10 ** (QUIETEST_VOICE_DB / 10)] = np.nan
    return Frames(
        power=power,
        pitch=pitch,
        centroid=_centroid(magnitude),
        rolloff=_rolloff(magnitude),
        mfcc=_mfcc(np.square(magnitude)),
    )


def _framed(samples: Floats, size: int, count: int) -> Floats:
    """Views of `size` samples around the middles, shape [count, size]."""
    first = _PAD - size // 2
    view = np.lib.stride_tricks.sliding_window_view(samples, size)
    return view[first : first + count * HOP : HOP]


def _centroid(magnitude: Floats) -> Floats:
    total = magnitude.sum(axis=1)
    weighted = magnitude @ _frequencies()
    return np.asarray(np.divide(weighted, total, out=np.zeros_like(total), where=total > 0))


def _rolloff(magnitude: Floats) -> Floats:
    sums = np.cumsum(magnitude, axis=1)
    index = (sums >= ROLLOFF * sums[:, -1:]).argmax(axis=1)
    return np.asarray(_frequencies()[index])


def _mfcc(energies: Floats) -> Floats:
    decibels = 10 * np.log10(np.maximum(energies @ _mel_bands(), 1e-10))
    return np.asarray(decibels @ _cosines(), np.float32)


def _level(power: Floats) -> float:
    mean = float(power.mean())
    return round(10 * math.log10(mean), 2) if mean > 10 ** (SILENT_DB / 10) else SILENT_DB


def _median(pitch: Floats) -> float | None:
    voiced = pitch[np.isfinite(pitch)]
    if not len(voiced) or len(voiced) < LEAST_VOICED * len(pitch):
        return None
    return round(float(np.median(voiced)), 1)


def _mean(values: Floats) -> float:
    return round(float(values.mean()), 1)


@cache
def _hann() -> Floats:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


@cache
def _frequencies() -> Floats:
    return np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE).astype(np.float32)


@cache
def _mel_bands() -> Floats:
    """Triangles of equal area, evenly spaced on Slaney's mel scale (Auditory Toolbox, 1998): linear
    up to 1 kHz, logarithmic above. Shape [bins, MEL_BANDS]."""
    edges = _hz(np.linspace(0.0, _mel(SAMPLE_RATE / 2), MEL_BANDS + 2))
    frequencies = _frequencies()[:, None].astype(np.float64)
    rising = (frequencies - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - frequencies) / np.diff(edges)[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * 2 / (edges[2:] - edges[:-2])).astype(np.float32)


_LINEAR_HZ: Final = 200 / 3
"""Hz for each mel below 1 kHz."""

_LOG_STEP: Final = math.log(6.4) / 27
"""Logarithm of the step from mel to mel above."""


def _mel(hz: float) -> float:
    return 1000 / _LINEAR_HZ + math.log(hz / 1000) / _LOG_STEP


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    knee = 1000 / _LINEAR_HZ
    return np.where(mel < knee, mel * _LINEAR_HZ, 1000 * np.exp(_LOG_STEP * (mel - knee)))


@cache
def _cosines() -> Floats:
    """The first MFCC rows of the orthonormal DCT-II. Shape [MEL_BANDS, MFCC]."""
    band, order = np.arange(MEL_BANDS)[:, None], np.arange(MFCC)[None, :]
    basis = np.cos(np.pi * order * (2 * band + 1) / (2 * MEL_BANDS)) * math.sqrt(2 / MEL_BANDS)
    basis[:, 0] /= math.sqrt(2)
    return basis.astype(np.float32)
