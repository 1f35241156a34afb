import numpy as np

from analyzer_worker.training.corpus import Example
from analyzer_worker.training.network import WIDTH, build, first_embeddings, piece_vectors
from analyzer_worker.training.vectors import DIMENSIONS
from analyzer_worker.training.vocabulary import train

TEXTS = ["정말 좋아요", "정말 싫어요"] * 20
REVIEWS = [Example(text, "positive" if "좋" in text else "negative", "ko") for text in TEXTS]


def test_pieces_used_alike_lie_near() -> None:
    chance = np.random.default_rng(0)
    coded = []
    for _ in range(400):
        fruit, tool = chance.integers(0, 2), chance.integers(2, 4)
        coded += [[fruit, 4, 5, 4], [tool, 6, 7, 6]]
    vectors = piece_vectors(coded, 8, 4, seed=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert vectors[0] @ vectors[1] > 0.9
    assert vectors[2] @ vectors[3] > 0.9
    assert vectors[0] @ vectors[2] < 0.5


def test_words_begin_as_what_is_known_of_them() -> None:
    words = ["fine", "awful"]
    tokenizer = train(TEXTS, words, [])
    table = np.random.default_rng(0).normal(size=(2, DIMENSIONS)).astype(np.float32)
    begun = first_embeddings(tokenizer, words, table, np.array([2, -2], np.float32), REVIEWS, 1)
    pieces = tokenizer.get_vocab()
    assert begun.shape == (len(pieces), WIDTH)
    fine, awful = begun[pieces["fine"]], begun[pieces["awful"]]
    assert fine[:DIMENSIONS] @ awful[:DIMENSIONS] < 0  # two words, standardised: opposites
    assert fine[DIMENSIONS] > 0 > awful[DIMENSIONS]
    good, bad = (tokenizer.encode(text).ids[-1] for text in ("정말 좋아요", "정말 싫어요"))
    assert good != bad
    assert begun[good, DIMENSIONS] > 0.5 > -0.5 > begun[bad, DIMENSIONS]


def test_the_network_takes_the_embeddings() -> None:
    begun = np.random.default_rng(0).normal(size=(30, WIDTH)).astype(np.float32)
    network = build(begun)
    assert np.array_equal(network.get_input_embeddings().weight.detach().numpy(), begun)
    assert network.config.id2label == {0: "positive", 1: "negative", 2: "neutral"}
