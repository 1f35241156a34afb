"""Any speaker diarization pipeline of pyannote.audio, by hub id or path."""

from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from contract.audio import SAMPLE_RATE
from contract.errors import EngineError, ModelUnavailableError
from diarization_worker.encoders.encoder import Audio
from diarization_worker.pyannote_audio import quiet_pyannote
from diarization_worker.recordings.checking import Check, go_on
from diarization_worker.recordings.turns import RecordingTurns, Stretch, named_turns

if TYPE_CHECKING:
    from pyannote.audio import Pipeline
    from pyannote.core import Annotation


class PyannotePipeline:
    """Such as pyannote/speaker-diarization-community-1 or -3.1: gated, with models of its own."""

    def __init__(self, pipeline: "Pipeline", model: str) -> None:
        self.model = model
        self._pipeline = pipeline
        self._lock = Lock()

    @classmethod
    def load(cls, model: str, device: str, token: str | None = None) -> "PyannotePipeline":
        """Load a hub id, a folder or a config file; raises ModelUnavailableError."""
        try:
            with quiet_pyannote():
                import torch
                from pyannote.audio import Pipeline

                if device == "auto":
                    device = "cuda" if torch.cuda.is_available() else "cpu"
                pipeline = Pipeline.from_pretrained(model, token=token)
                if pipeline is None:
                    raise ModelUnavailableError(
                        f"{model} can't be had from the hub: is it gated? Accept its terms there"
                        " and set HF_TOKEN"
                    )
                pipeline.to(torch.device(device))
        except ModelUnavailableError:
            raise
        except Exception as error:  # whatever a stranger's config and classes may raise
            raise ModelUnavailableError(f"{model} can't be loaded: {error}") from error
        return cls(pipeline, model)

    def diarize(
        self, audio: Audio, num_speakers: int | None = None, check: Check = go_on
    ) -> RecordingTurns:
        """See RecordingDiarizer; one recording at a time, checked between the steps.

        Raises EngineError.
        """
        import torch

        file = {
            "waveform": torch.from_numpy(np.ascontiguousarray(audio, np.float32))[None],
            "sample_rate": SAMPLE_RATE,
        }
        try:
            with self._lock, quiet_pyannote():
                output = self._pipeline(
                    file, num_speakers=num_speakers, hook=lambda *_, **__: check()
                )
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"{self.model} failed on the recording: {error}") from error
        return _turns(output)


def _turns(output: Any) -> RecordingTurns:
    """What came out, whichever generation of pipeline it is of."""
    heard = _tracks(getattr(output, "speaker_diarization", output))
    exclusive = getattr(output, "exclusive_speaker_diarization", None)
    return named_turns(heard, None if exclusive is None else _tracks(exclusive))


def _tracks(annotation: "Annotation") -> list[Stretch]:
    return [
        (segment.start, segment.end, label)
        for segment, _, label in annotation.itertracks(yield_label=True)
    ]
