"""Audios of one length go through a network together."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from contract.errors import EngineError
from diarization_worker.encoders.encoder import Audio, Embedding


def embed_in_batches(
    audios: Sequence[Audio],
    embed: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    *,
    largest: int,
) -> list[Embedding]:
    """Embeddings in the order of the audios, of length 1.

    `embed` takes up to `largest` audios of one length, shape [batch, samples], to their vectors,
    [batch, dim]. Raises EngineError where a vector has no direction.
    """
    same_length = defaultdict[int, list[int]](list)
    for index, audio in enumerate(audios):
        same_length[len(audio)].append(index)
    embeddings: dict[int, Embedding] = {}
    for indices in same_length.values():
        for start in range(0, len(indices), largest):
            batch = indices[start : start + largest]
            vectors = embed(np.stack([np.asarray(audios[i], np.float32) for i in batch]))
            embeddings.update(zip(batch, map(unit, vectors), strict=True))
    return [embeddings[index] for index in range(len(audios))]


def unit(vector: NDArray[np.float32]) -> Embedding:
    """The vector's direction; raises EngineError where it has none."""
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length == 0:
        raise EngineError("the sound gives no voice embedding")
    return np.asarray(vector / length, np.float32)
