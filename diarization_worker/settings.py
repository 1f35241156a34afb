"""What a diarization worker can be told through the environment."""

from pathlib import Path
from typing import Literal

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from media_store.settings import MediaStoreSettings


class DiarizationSettings(MediaStoreSettings):
    """Settings of the diarization worker. An empty variable counts as unset."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    speaker_encoder: str = "embedded"
    """`embedded` (CAM++), `resemblyzer`, a pyannote.audio embedding by hub id or path,
    `espnet:MODEL_ID`, or the import path `package.module:Class` of a SpeakerEncoder."""

    speaker_calibration: Path | None = None
    """File that diarization_worker.calibration.fit wrote for this encoder; unset = the one that
    comes along, where there is one."""

    segmentation_model: str = "embedded"
    """A segmentation net of pyannote's, `embedded` (segmentation-3.0), a hub id or a path; or the
    import path of a SpeakerSegmenter."""

    diarization_model: str = "embedded"
    """For whole recordings: `embedded` (the models above), or a pyannote.audio pipeline by hub id
    or path."""

    speaker_device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where encoder and segmentation net run."""

    keep_samples: bool = False
    """Keep some speech of each registered recording, so that another encoder can embed it anew."""

    hf_token: SecretStr | None = None
    """For models on the hub that ask for one."""
