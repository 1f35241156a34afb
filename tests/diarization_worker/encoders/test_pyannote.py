from pathlib import Path

import numpy as np
import pytest

from contract.errors import EngineError, ModelUnavailableError
from diarization_worker.encoders.encoder import Audio
from diarization_worker.encoders.pyannote import PyannoteEncoder
from diarization_worker.pyannote_audio import quiet_pyannote


def checkpoint(path: Path, problem: str) -> str:
    """A small network of pyannote.audio, untrained, saved as pyannote.audio does."""
    with quiet_pyannote():
        import torch
        from pyannote.audio.core.task import Problem, Resolution, Specifications
        from pyannote.audio.models.embedding import XVectorMFCC

        torch.manual_seed(0)
        network = XVectorMFCC(dimension=24)
    network.specifications = Specifications(
        problem=Problem[problem],
        resolution=Resolution.CHUNK,
        duration=2.0,
        classes=["one"],
    )
    saved = {
        "state_dict": network.state_dict(),
        "hyper_parameters": dict(network.hparams),
        "pytorch-lightning_version": "2.0.0",
    }
    network.on_save_checkpoint(saved)
    torch.save(saved, path)
    return str(path)


def noise(seconds: float, seed: int = 0) -> Audio:
    samples = np.random.default_rng(seed).normal(0, 0.1, int(seconds * 16_000))
    return samples.astype(np.float32)


def test_a_checkpoint_gives_unit_vectors_in_the_order_of_the_audios(tmp_path: Path) -> None:
    encoder = PyannoteEncoder.load(checkpoint(tmp_path / "voice.ckpt", "REPRESENTATION"), "cpu")
    assert (encoder.name, encoder.device) == ("pyannote", "cpu")
    audios = [noise(1.0, 1), noise(0.1, 2), noise(1.0, 3)]
    together = encoder.embed(audios)
    for audio, embedding in zip(audios, together, strict=True):
        assert embedding.shape == (24,)
        assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(embedding, encoder.embed([audio])[0], atol=1e-4)
    with pytest.raises(EngineError):
        encoder.embed([np.zeros(16_000, np.float32)])


def test_a_network_for_something_else_is_refused(tmp_path: Path) -> None:
    path = checkpoint(tmp_path / "other.ckpt", "BINARY_CLASSIFICATION")
    with pytest.raises(ModelUnavailableError, match="no speaker embedding"):
        PyannoteEncoder.load(path, "cpu")


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.ckpt"
    path.write_text("no network")
    with pytest.raises(ModelUnavailableError, match=r"text\.ckpt can't be loaded"):
        PyannoteEncoder.load(str(path), "cpu")


def test_a_model_that_the_hub_does_not_give_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailableError, match="nobody/nothing"):
        PyannoteEncoder.load("nobody/nothing", "cpu")


def test_nobody_is_told_which_models_are_loaded(tmp_path: Path) -> None:
    PyannoteEncoder.load(checkpoint(tmp_path / "voice.ckpt", "REPRESENTATION"), "cpu")
    from pyannote.audio.telemetry.metrics import is_metrics_enabled

    assert not is_metrics_enabled()
