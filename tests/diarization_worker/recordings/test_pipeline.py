from pathlib import Path

import numpy as np
import pytest
import yaml

from contract.errors import ModelUnavailableError
from diarization_worker.recordings.diarizer import load_diarizer
from diarization_worker.recordings.pipeline import PyannotePipeline
from diarization_worker.segmentation.pyannote import embedded_weights
from diarization_worker.settings import DiarizationSettings
from tests.diarization_worker.encoders.test_pyannote import checkpoint
from tests.diarization_worker.hearing.toys import toy_models
from tests.diarization_worker.real_speech import telephone_call


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As community-1 is, of the embedded segmentation net and an untrained speaker embedding."""
    folder = tmp_path_factory.mktemp("pipeline")
    zeros, axes = np.zeros(24), np.eye(24)
    np.savez(folder / "xvec_transform.npz", mean1=zeros, mean2=zeros, lda=axes)
    np.savez(folder / "plda.npz", mu=zeros, tr=axes, psi=np.linspace(2, 1, 24))
    described = {
        "pipeline": {
            "name": "pyannote.audio.pipelines.SpeakerDiarization",
            "params": {
                "segmentation": str(embedded_weights()),
                "segmentation_step": 0.5,
                "embedding": checkpoint(folder / "voice.ckpt", "REPRESENTATION"),
                "embedding_exclude_overlap": True,
                "clustering": "VBxClustering",
                "plda": str(folder),
            },
        },
        "params": {
            "clustering": {"threshold": 0.6, "Fa": 0.07, "Fb": 0.8},
            "segmentation": {"min_duration_off": 0.0},
        },
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(described))
    return path


def test_a_pipeline_of_pyannote_diarizes_recordings(config: Path) -> None:
    settings = DiarizationSettings(diarization_model=str(config), speaker_device="cpu")
    diarizer = load_diarizer(settings, toy_models())
    assert isinstance(diarizer, PyannotePipeline)
    assert diarizer.model == str(config)
    audio, reference = telephone_call()
    turns = diarizer.diarize(audio[: 20 * 16_000], num_speakers=2)
    assert turns.speakers == ("SPEAKER_00", "SPEAKER_01")
    spoken = sum(turn.seconds for turn in turns.exclusive)
    expected = sum(min(turn.end, 20) - turn.start for turn in reference if turn.start < 20)
    assert spoken == pytest.approx(expected, rel=0.2)
    ends = [turn.end for turn in turns.exclusive]
    assert ends == sorted(ends)
    assert diarizer.diarize(np.zeros(160_000, np.float32)).overlapping == ()


def test_a_pipeline_that_cannot_be_had_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.yaml").write_text("pipeline:\n  name: no.such.Pipeline\n")
    with pytest.raises(ModelUnavailableError, match="can't be loaded"):
        PyannotePipeline.load(str(tmp_path), "cpu")
    monkeypatch.setattr("pyannote.audio.Pipeline.from_pretrained", lambda *_, **__: None)
    with pytest.raises(ModelUnavailableError, match="HF_TOKEN"):
        PyannotePipeline.load("pyannote/speaker-diarization-community-1", "cpu")
