"""The network before it has learned anything but what its pieces roughly mean."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from analyzer_worker.analyzer import LABELS
from analyzer_worker.training.corpus import Example
from analyzer_worker.training.vectors import DIMENSIONS
from analyzer_worker.training.vocabulary import CLS, PAD, SPECIAL

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import ModernBertForSequenceClassification

WIDTH: Final = 128
LAYERS: Final = 2
HEADS: Final = 4

_SPREAD: Final = 0.3
"""Standard deviation of the embeddings."""

_REACH: Final = 4
"""How many pieces on either side are company."""

_FEELING: Final = DIMENSIONS
"""The dimension that begins as how glad a piece is, in either language."""


def build(embeddings: NDArray[np.float32]) -> "ModernBertForSequenceClassification":
    """A ModernBERT, small: rotary positions, and the mean of its outputs is classified.

    Warner et al. 2024, "Smarter, better, faster, longer". `embeddings` is [pieces, WIDTH].
    """
    import torch
    from transformers import ModernBertConfig, ModernBertForSequenceClassification

    special = {name: SPECIAL.index(name) for name in SPECIAL}
    network = ModernBertForSequenceClassification(
        ModernBertConfig(
            vocab_size=len(embeddings),
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            layer_types=["full_attention"] * LAYERS,
            max_position_embeddings=256,
            classifier_pooling="mean",
            hidden_activation="gelu_pytorch_tanh",
            classifier_activation="gelu_pytorch_tanh",
            classifier_dropout=0.2,
            initializer_range=0.05,
            pad_token_id=special[PAD],
            cls_token_id=special[CLS],
            sep_token_id=special[CLS],
            bos_token_id=None,
            eos_token_id=None,
            id2label=dict(enumerate(map(str, LABELS))),
            label2id={str(label): index for index, label in enumerate(LABELS)},
        )
    )
    network.get_input_embeddings().weight.data = torch.tensor(embeddings)
    return network


def first_embeddings(
    tokenizer: "Tokenizer",
    words: Sequence[str],
    vectors: NDArray[np.float32],
    feelings: NDArray[np.float32],
    reviews: Sequence[Example],
    seed: int,
) -> NDArray[np.float32]:
    """What each piece begins as, [pieces, WIDTH].

    English words begin as their vectors and `feelings`, Korean pieces as the company they keep in
    the Korean ones of `reviews`, and how often that is a good review; the rest is chance.
    """
    pieces = tokenizer.get_vocab()
    chance = np.random.default_rng(seed)
    embeddings = chance.normal(0, _SPREAD, (len(pieces), WIDTH)).astype(np.float32)
    vectors = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0)
    place = {word: index for index, word in enumerate(words)}
    korean = [review for review in reviews if review.language == "ko"]
    coded = [code.ids for code in tokenizer.encode_batch([review.text for review in korean])]
    company = piece_vectors(coded, len(pieces), DIMENSIONS, seed)
    odds = _odds(coded, [review.label == "positive" for review in korean], len(pieces))
    for piece, index in pieces.items():
        if piece in place:
            embeddings[index, :DIMENSIONS] = _SPREAD * vectors[place[piece]]
            embeddings[index, _FEELING] = 0.5 * feelings[place[piece]]
        elif not piece.isascii():
            embeddings[index, : company.shape[1]] = _SPREAD * company[index]
            embeddings[index, _FEELING] = 0.7 * odds[index]
    return embeddings


def piece_vectors(
    coded: Sequence[Sequence[int]], pieces: int, dimensions: int, seed: int
) -> NDArray[np.float32]:
    """Vectors, [pieces, at most dimensions], of which near ones are of pieces used alike.

    The singular vectors of positive pointwise mutual information with the pieces around: Levy and
    Goldberg 2014, "Neural word embedding as implicit matrix factorization".
    """
    from scipy.sparse import coo_matrix
    from sklearn.decomposition import TruncatedSVD

    stream = np.concatenate([np.append(code, -1) for code in coded])
    counts = coo_matrix((pieces, pieces))
    for distance in range(1, _REACH + 1):
        one, other = stream[:-distance], stream[distance:]
        near = (one >= 0) & (other >= 0)  # across two texts only where one is shorter than that
        weights = np.full(int(near.sum()), 1 / distance)
        counts = counts + coo_matrix((weights, (one[near], other[near])), (pieces, pieces)).tocsr()
    both = (counts + counts.T).tocoo()
    margins = np.asarray(both.sum(axis=1)).ravel()
    # Contexts' counts to the power of 0.75: rare ones would get too much weight.
    contexts = margins**0.75 / (margins**0.75).sum()
    information = np.log(both.data / (margins[both.row] * contexts[both.col]))
    kept = information > 0
    matrix = coo_matrix((information[kept], (both.row[kept], both.col[kept])), both.shape).tocsr()
    size = min(dimensions, matrix.shape[0] - 1)
    svd = TruncatedSVD(size, n_iter=3, random_state=seed)
    found = svd.fit_transform(matrix) / np.sqrt(svd.singular_values_ + 1e-9)
    found -= found.mean(axis=0)
    scaled: NDArray[np.float32] = (found / (found.std(axis=0) + 1e-9)).astype(np.float32)
    return np.clip(scaled, -3, 3)


def _odds(
    coded: Sequence[Sequence[int]], positive: Sequence[bool], pieces: int
) -> NDArray[np.float64]:
    """Log-odds of each piece to be in a positive review rather than in a negative one."""
    counts = np.ones((2, pieces))
    for code, glad in zip(coded, positive, strict=True):
        counts[int(glad), list(set(code))] += 1
    odds: NDArray[np.float64] = np.log(counts[1]) - np.log(counts[0])
    return odds - math.log(counts[1].sum() / counts[0].sum())
