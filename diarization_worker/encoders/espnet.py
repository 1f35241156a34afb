"""ESPnet's speaker models, where ESPnet is installed: an optional extra of many packages."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from contract.audio import SAMPLE_RATE
from contract.errors import EngineError, ModelUnavailableError
from diarization_worker.encoders.batches import unit
from diarization_worker.encoders.encoder import Audio, Embedding


class ESPnetEncoder:
    """A model of ESPnet-SPK (Jung et al. 2024), such as espnet/voxcelebs12_rawnet3."""

    name: ClassVar[str] = "espnet"

    def __init__(self, speech2embedding: Any, model: str, device: str) -> None:
        """`speech2embedding`: espnet2.bin.spk_inference.Speech2Embedding, or what acts like it."""
        self.model = model
        self.device = device
        self._embed = speech2embedding

    @classmethod
    def load(cls, model: str, device: str) -> "ESPnetEncoder":
        """Load a model of the hub; raises ModelUnavailableError."""
        try:
            import torch
            from espnet2.bin.spk_inference import (  # type: ignore[import-not-found]
                Speech2Embedding,
            )
        except ImportError as error:
            raise ModelUnavailableError(
                f"SPEAKER_ENCODER=espnet:{model} needs ESPnet, which doesn't come along:"
                f" .venv/bin/pip install espnet espnet_model_zoo ({error})"
            ) from error
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            network = Speech2Embedding.from_pretrained(model_tag=model, device=device)
            encoder = cls(network, model, device)
            noise = np.random.default_rng(0).normal(0, 0.1, 2 * SAMPLE_RATE)
            encoder.embed([noise.astype(np.float32)])
        except Exception as error:  # whatever ESPnet's downloads and configurations may raise
            raise ModelUnavailableError(f"{model} can't be loaded: {error}") from error
        return encoder

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        """One embedding each, of all of the audio; raises EngineError where there is no sound."""
        return [self._embed_one(audio) for audio in audios]

    def _embed_one(self, audio: Audio) -> Embedding:
        if not np.any(audio):
            raise EngineError("there is no sound to tell a voice by")
        vector = self._embed(np.asarray(audio, np.float32))
        return unit(np.asarray(vector.cpu().numpy(), np.float32).reshape(-1))
