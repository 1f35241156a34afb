import numpy as np
import pytest

from contract.errors import EngineError
from diarization_worker.encoders.resemblyzer import ResemblyzerEncoder


def test_embeddings_are_unit_vectors_and_silence_has_none() -> None:
    encoder = ResemblyzerEncoder.load("cpu")
    noise = np.random.default_rng(0).normal(0, 0.01, 8_000).astype(np.float32)
    assert np.linalg.norm(encoder.embed([noise])[0]) == pytest.approx(1, abs=1e-5)
    for nothing in (np.zeros(16_000, np.float32), np.zeros(0, np.float32)):
        with pytest.raises(EngineError):
            encoder.embed([noise, nothing])
