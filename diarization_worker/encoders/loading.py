"""From the name of a speaker encoder to one that is ready."""

from pathlib import Path
from typing import Final

from contract.errors import ModelUnavailableError
from diarization_worker.encoders.campplus.encoder import CAMPPlusEncoder
from diarization_worker.encoders.encoder import SpeakerEncoder
from diarization_worker.encoders.espnet import ESPnetEncoder
from diarization_worker.encoders.pyannote import PyannoteEncoder
from diarization_worker.encoders.resemblyzer import ResemblyzerEncoder
from worker_runtime.plugins import is_import_path, load_plugin

ESPNET: Final = "espnet:"


def load_encoder(name: str, device: str, token: str | None = None) -> SpeakerEncoder:
    """The encoder that SPEAKER_ENCODER names, warm; raises ModelUnavailableError."""
    if name == "embedded":
        return CAMPPlusEncoder.load(device)
    if name == "resemblyzer":
        return ResemblyzerEncoder.load(device)
    if name.startswith(ESPNET):
        return ESPnetEncoder.load(name.removeprefix(ESPNET), device)
    if is_import_path(name):
        return _plugin(name)
    if name.count("/") == 1 or Path(name).exists():
        return PyannoteEncoder.load(name, device, token)
    raise ModelUnavailableError(
        f"SPEAKER_ENCODER={name} is none of `embedded`, `resemblyzer`, a hub id such as"
        " pyannote/wespeaker-voxceleb-resnet34-LM, the path of a checkpoint, espnet:MODEL_ID, an"
        " import path such as package.module:Class"
    )


def _plugin(path: str) -> SpeakerEncoder:
    encoder = load_plugin(path)
    if not isinstance(encoder, SpeakerEncoder):
        raise ModelUnavailableError(f"{path} is no SpeakerEncoder")
    return encoder
