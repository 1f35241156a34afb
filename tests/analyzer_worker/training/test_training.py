"""The whole of training, a few steps on a handful of reviews of our own."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from analyzer_worker.analyzer import LABELS, Text
from analyzer_worker.embedded import EmbeddedAnalyzer
from analyzer_worker.huggingface_analyzer import HuggingFaceAnalyzer
from analyzer_worker.training import __main__ as training
from analyzer_worker.training.evaluate import read_turns, score_turns
from analyzer_worker.training.learning import Recipe
from analyzer_worker.training.lessons import Portions
from analyzer_worker.training.vectors import DIMENSIONS
from contract.values import Sentiment
from tests.analyzer_worker.training.reviews import write_reviews

WORDS = ["a", "lovely", "dull", "film", "it", "s", "moving", "and", "wise", "tired", "jokes", "the"]
FEW = Portions(english_reviews=1, neutral=40, felt=20, lexicon=20, pieces=10)
SHORT = Recipe(passes=2, batch=64, stage=3)


def make(folder: Path, name: str) -> EmbeddedAnalyzer:
    table = np.random.default_rng(0).normal(size=(len(WORDS), DIMENSIONS)).astype(np.float32)
    training.train(
        folder, folder / name, WORDS, table, SHORT, FEW, seed=1, checkpoint=folder / f"{name}.pt"
    )
    return EmbeddedAnalyzer.load(folder / name)


def test_a_few_steps_make_a_model_and_the_same_ones_the_same_model(tmp_path: Path) -> None:
    write_reviews(tmp_path)
    one, other = make(tmp_path, "one"), make(tmp_path, "other")
    texts = [Text(text, "ko") for text in ("a lovely film", "최악의 영화", "네", "")]
    assert one.analyze(texts) == other.analyze(texts)
    for answer in one.analyze(texts):
        assert isinstance(answer, Sentiment)
        assert set(answer.scores) == set(LABELS)
    theirs = HuggingFaceAnalyzer.load(str(tmp_path / "one"), "cpu").analyze(texts)
    for own, their in zip(one.analyze(texts), theirs, strict=True):
        assert isinstance(own, Sentiment)
        assert isinstance(their, Sentiment)
        assert own.scores == pytest.approx(their.scores, abs=0.002)


def test_a_run_that_was_cut_goes_on_to_the_same_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reviews(tmp_path)
    keep = training._keep

    def keep_and_stop(state: Mapping[str, object], checkpoint: Path) -> None:
        keep(state, checkpoint)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(training, "_keep", keep_and_stop)
        with pytest.raises(KeyboardInterrupt):
            make(tmp_path, "cut")
    assert EmbeddedAnalyzer.load(tmp_path / "cut")
    assert (tmp_path / "cut.pt").exists()
    texts = [Text(text, "ko") for text in ("a lovely film", "최악의 영화", "네")]

    assert make(tmp_path, "cut").analyze(texts) == make(tmp_path, "whole").analyze(texts)
    assert not (tmp_path / "cut.pt").exists()


def test_every_turn_of_the_tests_is_scored_once(tmp_path: Path) -> None:
    write_reviews(tmp_path)
    turns = read_turns()
    *scores, everything = score_turns(make(tmp_path, "model"), turns)
    assert len(turns) == everything.count == sum(score.count for score in scores) == 600
    assert everything.right == sum(score.right for score in scores)
    assert 0 < everything.margin < 0.05
