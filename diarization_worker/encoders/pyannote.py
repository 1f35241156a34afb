"""Any speaker embedding of pyannote.audio, by hub id or path: WeSpeaker, pyannote/embedding, …"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from contract.errors import EngineError, ModelUnavailableError
from diarization_worker.encoders.batches import embed_in_batches
from diarization_worker.encoders.encoder import Audio, Embedding
from diarization_worker.pyannote_audio import quiet_pyannote

if TYPE_CHECKING:
    from pyannote.audio import Model

SHORTEST: Final = SAMPLE_RATE // 2
"""Samples; shorter audio is repeated up to here, since some of the networks need it."""

LARGEST_BATCH: Final = 16


class PyannoteEncoder:
    """A checkpoint that pyannote.audio can load and that gives one vector for an audio."""

    name: ClassVar[str] = "pyannote"

    def __init__(self, network: "Model", model: str, device: str) -> None:
        """Raises ModelUnavailableError where the network is for something else."""
        specifications = network.specifications
        problem = getattr(getattr(specifications, "problem", None), "name", "several")
        if problem != "REPRESENTATION":
            raise ModelUnavailableError(f"{model} is no speaker embedding (it does {problem})")
        self.model = model
        self.device = device
        self._network = network

    @classmethod
    def load(cls, model: str, device: str, token: str | None = None) -> "PyannoteEncoder":
        """Load a hub id or a path; raises ModelUnavailableError."""
        try:
            with quiet_pyannote():
                import torch
                from pyannote.audio import Model

                if device == "auto":
                    device = "cuda" if torch.cuda.is_available() else "cpu"
                network = Model.from_pretrained(model, token=token)
                if network is None:
                    raise ModelUnavailableError(
                        f"{model} can't be had from the hub: is it gated? Accept its terms there"
                        " and set HF_TOKEN"
                    )
                encoder = cls(network.to(torch.device(device)).eval(), model, device)
            noise = np.random.default_rng(0).normal(0, 0.1, 2 * SAMPLE_RATE)
            encoder.embed([noise.astype(np.float32)])
        except ModelUnavailableError:
            raise
        except Exception as error:  # whatever a stranger's pickle and class may raise
            raise ModelUnavailableError(f"{model} can't be loaded: {error}") from error
        return encoder

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        """One embedding each, of all of the audio; raises EngineError where there is no sound."""
        for audio in audios:
            if not np.any(audio):
                raise EngineError("there is no sound to tell a voice by")
        enough = [
            audio if len(audio) >= SHORTEST else np.resize(audio, SHORTEST) for audio in audios
        ]
        return embed_in_batches(enough, self._embed, largest=LARGEST_BATCH)

    def _embed(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            vectors = self._network(torch.from_numpy(batch)[:, None].to(self.device))
        return np.asarray(vectors.cpu().numpy(), np.float32)
