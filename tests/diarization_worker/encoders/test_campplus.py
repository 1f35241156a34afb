import numpy as np
import pytest
import torch

from contract.errors import EngineError
from diarization_worker.encoders.campplus.encoder import BANDS, CAMPPlusEncoder, weights_file
from diarization_worker.encoders.campplus.network import CAMPPlus
from diarization_worker.encoders.encoder import Audio
from tests.diarization_worker.encoders import plain_campplus


def noise(seconds: float, seed: int = 0) -> Audio:
    samples = np.random.default_rng(seed).normal(0, 0.1, int(seconds * 16_000))
    return samples.astype(np.float32)


@pytest.fixture(scope="module")
def encoder() -> CAMPPlusEncoder:
    return CAMPPlusEncoder.load("cpu")


@pytest.mark.parametrize("frames", [18, 100, 298, 457])
def test_the_network_computes_what_the_published_one_does(frames: int) -> None:
    weights = torch.load(weights_file(), "cpu", weights_only=True)
    published = plain_campplus.CAMPPlus()
    published.load_state_dict(weights)
    network = CAMPPlus(weights)
    features = torch.randn(2, frames, BANDS, generator=torch.Generator().manual_seed(frames))
    with torch.inference_mode():
        expected = published.eval()(features)
        found = network.eval()(features)
    assert expected.std() > 0.1
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_audios_of_any_length_get_the_embeddings_they_get_alone(encoder: CAMPPlusEncoder) -> None:
    audios = [noise(seconds, seed) for seed, seconds in enumerate((1.0, 0.2, 1.0, 2.3))]
    together = encoder.embed(audios)
    for audio, embedding in zip(audios, together, strict=True):
        assert embedding.shape == (192,)
        assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(embedding, encoder.embed([audio])[0], atol=1e-4)
    assert together[0] @ together[2] < 0.999


def test_the_level_changes_nothing(encoder: CAMPPlusEncoder) -> None:
    loud, quiet = encoder.embed([noise(1.0), noise(1.0) * np.float32(0.01)])
    assert loud @ quiet > 0.9999


@pytest.mark.parametrize("nothing", [np.zeros(16_000), np.ones(3_000), np.zeros(0)])
def test_silence_and_next_to_nothing_have_no_voice(
    encoder: CAMPPlusEncoder, nothing: Audio
) -> None:
    with pytest.raises(EngineError, match="no sound"):
        encoder.embed([noise(1.0), nothing.astype(np.float32)])
