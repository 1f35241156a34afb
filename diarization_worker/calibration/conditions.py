"""Lines that speech may come over, simulated: for fitting and for evaluation."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from diarization_worker.encoders.encoder import Audio

Condition = Callable[[Audio], Audio]

TELEPHONE_HZ = (300.0, 3400.0)
NOISE_DB = 15.0
"""Of speech above noise."""


def raw(audio: Audio) -> Audio:
    """As it is."""
    return audio


def telephone(audio: Audio) -> Audio:
    """The telephone band by way of 8 kHz, with the slopes of real filters."""
    from scipy.signal import butter, resample_poly, sosfilt

    narrow = resample_poly(audio, 1, 2)
    filters = butter(6, TELEPHONE_HZ, "band", fs=SAMPLE_RATE // 2, output="sos")
    wide = resample_poly(sosfilt(filters, narrow), 2, 1)
    return np.asarray(wide[: len(audio)], np.float32)


def sharp_telephone(audio: Audio) -> Audio:
    """The telephone band and nothing at all outside of it."""
    spectrum = np.fft.rfft(audio)
    hertz = np.fft.rfftfreq(len(audio), 1 / SAMPLE_RATE)
    spectrum[(hertz < TELEPHONE_HZ[0]) | (hertz > TELEPHONE_HZ[1])] = 0
    return np.asarray(np.fft.irfft(spectrum, len(audio)), np.float32)


def white_noise(audio: Audio) -> Audio:
    """White noise, the same for the same audio."""
    generator = np.random.default_rng(len(audio))
    return with_noise(audio, generator.normal(size=len(audio)))


def hall(audio: Audio) -> Audio:
    """Reverberation of half a second (RT60), by noise that decays exponentially."""
    from scipy.signal import fftconvolve

    seconds = 0.5
    times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    echo = np.random.default_rng(0).normal(size=len(times)) * 10 ** (-3 * times / seconds)
    echo[0] = 3 * np.abs(echo).max()  # the voice itself
    return np.asarray(fftconvolve(audio, echo)[: len(audio)], np.float32)


def with_noise(audio: Audio, noise: NDArray[np.floating]) -> Audio:
    """Speech with noise NOISE_DB below it."""
    power, noise_power = np.mean(np.square(audio)), np.mean(np.square(noise))
    gain = np.sqrt(power / noise_power) * 10 ** (-NOISE_DB / 20)
    return np.asarray(audio + gain * noise, np.float32)


FITTED: Mapping[str, Condition] = {
    "telephone": telephone,
    "sharp telephone": sharp_telephone,
    "white noise": white_noise,
    "hall": hall,
}
"""What a calibration is fitted to, beside the recordings as they are."""
