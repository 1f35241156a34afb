"""The embedded speaker encoder: Resemblyzer's 256-d d-vectors, weights inside its package."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from contract.errors import EngineError, ModelUnavailableError
from diarization_worker.encoders.encoder import Audio, Embedding

if TYPE_CHECKING:
    from resemblyzer import VoiceEncoder  # type: ignore[import-untyped]

WINDOW_S: Final = 1.6
"""What the network sees at once; shorter audio is padded with silence."""

RATE: Final = 1.3
"""Windows a second, as Resemblyzer's own."""

MIN_COVERAGE: Final = 0.75
"""Share of the last window that must be audio, not padding, as Resemblyzer's own."""

TARGET_DBFS: Final = -30.0
"""Quieter audio is raised to this level, as in the encoder's training."""

QUIETEST_RMS: Final = 1e-4
"""Below -80 dBFS there is nothing to hear."""


class ResemblyzerEncoder:
    """Wan et al. 2018, "Generalized end-to-end loss for speaker verification", by Resemble AI."""

    name: ClassVar[str] = "resemblyzer"
    model: ClassVar[str] = "embedded"

    def __init__(self, network: "VoiceEncoder", device: str) -> None:
        self.device = device
        self._network = network

    @classmethod
    def load(cls, device: str) -> "ResemblyzerEncoder":
        """Load the weights and warm them up; `device` is auto, cpu or cuda.

        Raises ModelUnavailableError.
        """
        try:
            import torch

            with warnings.catch_warnings():  # its import of a moved scipy name
                warnings.simplefilter("ignore", DeprecationWarning)
                from resemblyzer import VoiceEncoder

            if device == "auto":
                device = "cuda" if torch.cuda.is_available() else "cpu"
            encoder = cls(VoiceEncoder(device, verbose=False), device)
            noise = np.random.default_rng(0).normal(0, 0.1, 32_000)
            encoder.embed([noise.astype(np.float32)])
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelUnavailableError(f"Resemblyzer can't be loaded: {error}") from error
        return encoder

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        """For each audio the mean of the embeddings of its windows of 1.6 s, all in one batch.

        Raises EngineError on silence.
        """
        import torch

        if self.device == "cpu":
            self._use_one_core()
        mels = [self._mels(audio) for audio in audios]
        if not mels:
            return []
        with torch.inference_mode():
            batch = torch.from_numpy(np.concatenate(mels)).to(self.device)
            vectors = self._network(batch).cpu().numpy()
        ends = np.cumsum([len(windows) for windows in mels])[:-1]
        means = [windows.mean(axis=0) for windows in np.split(vectors, ends)]
        if not np.all(np.isfinite(means)):
            raise EngineError("the sound gives no voice embedding")
        return [np.asarray(mean / np.linalg.norm(mean), np.float32) for mean in means]

    def _mels(self, audio: Audio) -> NDArray[np.float32]:
        """The mel spectrograms of an audio's windows, shape [windows, frames, bands]."""
        from resemblyzer.audio import wav_to_mel_spectrogram  # type: ignore[import-untyped]

        level = float(np.sqrt(np.mean(np.square(audio)))) if audio.size else 0.0
        if not level >= QUIETEST_RMS:  # NaN as well
            raise EngineError("there is no sound to tell a voice by")
        gain = max(1.0, 10 ** (TARGET_DBFS / 20) / level)
        samples, frames = self._network.compute_partial_slices(len(audio), RATE, MIN_COVERAGE)
        missing = max(0, samples[-1].stop - len(audio))
        mel = wav_to_mel_spectrogram(np.pad(audio * np.float32(gain), (0, missing)))
        return np.stack([mel[window] for window in frames])

    def _use_one_core(self) -> None:
        # A small LSTM gains nothing from a second core and waits for it where others are busy: 3 s
        # of audio took 0.02 s on one core, up to 7 s on two. Holds for the calling thread alone.
        import torch

        torch.set_num_threads(1)
