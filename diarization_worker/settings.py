"""What a diarization worker can be told through the environment."""

from typing import Literal

from contract.settings import SharedSettings


class DiarizationSettings(SharedSettings):
    """Settings of the diarization worker."""

    speaker_encoder: str = "embedded"
    """`embedded` (Resemblyzer), or the import path `package.module:Class` of a SpeakerEncoder."""

    speaker_device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the embedded encoder runs."""
