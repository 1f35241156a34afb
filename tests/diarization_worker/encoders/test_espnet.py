from importlib.util import find_spec

import numpy as np
import pytest
import torch

from contract.errors import EngineError, ModelUnavailableError
from diarization_worker.encoders.encoder import Audio
from diarization_worker.encoders.espnet import ESPnetEncoder


def test_what_espnet_gives_becomes_a_unit_vector() -> None:
    def speech2embedding(audio: Audio) -> torch.Tensor:
        return torch.tensor([[3.0, float(len(audio))]])

    encoder = ESPnetEncoder(speech2embedding, "some/model", "cpu")
    (embedding,) = encoder.embed([np.ones(4, np.float32)])
    np.testing.assert_allclose(embedding, [0.6, 0.8], atol=1e-6)
    with pytest.raises(EngineError):
        encoder.embed([np.zeros(4, np.float32)])


@pytest.mark.skipif(find_spec("espnet2") is not None, reason="ESPnet is installed here")
def test_without_espnet_it_is_said_what_to_install() -> None:
    with pytest.raises(ModelUnavailableError, match=r"pip install espnet"):
        ESPnetEncoder.load("espnet/voxcelebs12_rawnet3", "cpu")
