"""From the name of a segmentation net to one that is ready."""

from contract.errors import ModelUnavailableError
from diarization_worker.segmentation.pyannote import PyannoteSegmenter
from diarization_worker.segmentation.segmenter import SpeakerSegmenter
from worker_runtime.plugins import is_import_path, load_plugin


def load_segmenter(name: str, device: str, token: str | None = None) -> SpeakerSegmenter:
    """The net that SEGMENTATION_MODEL names, warm; raises ModelUnavailableError."""
    if not is_import_path(name):
        return PyannoteSegmenter.load(name, device, token)
    segmenter = load_plugin(name)
    if not isinstance(segmenter, SpeakerSegmenter):
        raise ModelUnavailableError(f"{name} is no SpeakerSegmenter")
    return segmenter
