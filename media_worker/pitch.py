"""Fundamental frequency by YIN, for many frames at once.

A. de Cheveigné and H. Kawahara, "YIN, a fundamental frequency estimator for speech and music",
J. Acoust. Soc. Am. 111(4), 2002: steps 1 to 5 (difference function, cumulative mean normalisation,
absolute threshold, parabolic interpolation), with the difference function by FFT.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE

Floats = NDArray[np.float32]

LOWEST_HZ: Final = 60.0
HIGHEST_HZ: Final = 500.0
"""Of speaking voices; the paper's window of two longest periods follows from the lowest."""

THRESHOLD: Final = 0.15
"""Aperiodicity up to which a frame is voiced. The paper takes 0.1, for studio sound."""

_LEAST: Final = int(SAMPLE_RATE / HIGHEST_HZ)
_MOST: Final = int(SAMPLE_RATE / LOWEST_HZ) + 1

WINDOW: Final = 2 * _MOST
"""Samples that are compared with as many some way on."""

FRAME: Final = WINDOW + _MOST + 1
"""Samples that a frame must have."""

_SIZE: Final = 1 << (FRAME + WINDOW - 1).bit_length()


def find_pitch(frames: Floats) -> Floats:
    """Hz of each frame, NaN where unvoiced; `frames` of shape [frames, FRAME], at 16 kHz."""
    if not len(frames):
        return np.empty(0, np.float32)
    aperiodicity = _normalised(_differences(frames))
    lag, depth = _first_dip(aperiodicity)
    exact = _interpolated(aperiodicity, lag)
    return np.asarray(np.where(depth < THRESHOLD, SAMPLE_RATE / exact, np.nan), np.float32)


def _differences(frames: Floats) -> Floats:
    """Squared differences between the window and itself `lag` on, shape [frames, _MOST + 2]."""
    lags = _MOST + 2
    spectrum = np.fft.rfft(frames, _SIZE)
    window = np.fft.rfft(frames[:, :WINDOW], _SIZE)
    correlation = np.fft.irfft(spectrum * window.conj(), _SIZE)[:, :lags]
    energy = np.cumsum(np.square(frames, dtype=np.float64), axis=1)
    energy = np.concatenate([np.zeros((len(frames), 1)), energy], axis=1)
    later = energy[:, WINDOW : WINDOW + lags] - energy[:, :lags]
    differences = energy[:, WINDOW, None] + later - 2 * correlation
    return np.asarray(np.maximum(differences, 0.0), np.float32)


def _normalised(differences: Floats) -> Floats:
    """Each difference over the mean of those at shorter lags; 1 in silence."""
    sums = np.cumsum(differences[:, 1:], axis=1, dtype=np.float64)
    lags = np.arange(1, differences.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = differences[:, 1:] * lags / sums
    rest[~np.isfinite(rest)] = 1.0
    return np.concatenate([np.ones((len(differences), 1)), rest], axis=1).astype(np.float32)


def _first_dip(aperiodicity: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The lag of the first valley below the threshold, else of the deepest; and its depth."""
    searched = aperiodicity[:, _LEAST : _MOST + 1]
    is_valley = (searched <= aperiodicity[:, _LEAST - 1 : _MOST]) & (
        searched < aperiodicity[:, _LEAST + 1 : _MOST + 2]
    )
    good = is_valley & (searched < THRESHOLD)
    index = np.where(good.any(axis=1), good.argmax(axis=1), searched.argmin(axis=1))
    depth = np.take_along_axis(searched, index[:, None], axis=1)[:, 0]
    # A minimum at the edge of the search is no valley: its period is a longer or a shorter one.
    valley = np.take_along_axis(is_valley, index[:, None], axis=1)[:, 0]
    return index + _LEAST, np.where(valley, depth, np.float32(1.0))


def _interpolated(aperiodicity: Floats, lag: NDArray[np.intp]) -> Floats:
    """The bottom of the parabola through the valley and its neighbours."""
    rows = np.arange(len(lag))
    before, at, after = (aperiodicity[rows, lag + step] for step in (-1, 0, 1))
    bend = before - 2 * at + after
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(bend > 0, (before - after) / (2 * bend), 0.0)
    return np.asarray(lag + np.clip(shift, -1, 1), np.float32)
