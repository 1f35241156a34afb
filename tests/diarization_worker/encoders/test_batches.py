import numpy as np
import pytest
from numpy.typing import NDArray

from contract.errors import EngineError
from diarization_worker.encoders.batches import embed_in_batches


class Recorder:
    """Embeds an audio as its first two samples, and notes the batches."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.shapes.append(batch.shape)
        return batch[:, :2]


def test_equal_lengths_go_together_and_answers_keep_the_order() -> None:
    audios = [np.full(length, 1.0, np.float32) for length in (5, 3, 5, 3, 5)]
    for number, audio in enumerate(audios):
        audio[1] = number
    embed = Recorder()
    embeddings = embed_in_batches(audios, embed, largest=2)
    assert sorted(embed.shapes) == [(1, 5), (2, 3), (2, 5)]
    for number, embedding in enumerate(embeddings):
        assert embedding[1] / embedding[0] == pytest.approx(number)
        assert np.linalg.norm(embedding) == pytest.approx(1)


def test_no_audio_is_no_embedding() -> None:
    assert embed_in_batches([], Recorder(), largest=2) == []


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_a_vector_without_direction_is_an_error(value: float) -> None:
    with pytest.raises(EngineError):
        embed_in_batches([np.full(4, value, np.float32)], Recorder(), largest=2)
