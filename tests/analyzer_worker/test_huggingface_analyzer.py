"""The path of Hugging Face models, on tiny random ones that the tests make themselves."""

from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    BertTokenizer,
)

from analyzer_worker.analyzer import SentimentAnalyzer, Text
from analyzer_worker.huggingface_analyzer import HuggingFaceAnalyzer
from contract.errors import EngineError, ModelUnavailableError
from contract.values import Sentiment
from worker_runtime.batcher import Batcher

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "day", "a", "warm", "좋아"]


def config(labels: list[str]) -> BertConfig:
    return BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )


def save_tokenizer(folder: Path) -> None:
    vocabulary = folder.parent / f"{folder.name}.txt"
    vocabulary.write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizer(vocab=str(vocabulary)).save_pretrained(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model with three labels."""
    return save_model(tmp_path / "model", ["NEG", "NEU", "POS"])


def save_model(folder: Path, labels: list[str]) -> Path:
    torch.manual_seed(0)
    BertForSequenceClassification(config(labels)).save_pretrained(folder)
    save_tokenizer(folder)
    return folder


def test_scores_are_the_models_probabilities(folder: Path) -> None:
    analyzer = HuggingFaceAnalyzer.load(str(folder), "cpu")
    assert isinstance(analyzer, SentimentAnalyzer)
    assert (analyzer.name, analyzer.model, analyzer.device) == ("huggingface", str(folder), "cpu")
    (sentiment,) = analyzer.analyze([Text("good day", "en")])
    assert not isinstance(sentiment, Exception)
    tokens = torch.tensor([[2, WORDS.index("good"), WORDS.index("day"), 3]])
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    negative, neutral, positive = model(tokens).logits.softmax(-1)[0].tolist()
    assert sentiment.scores == pytest.approx(
        {"positive": positive, "negative": negative, "neutral": neutral}, abs=0.001
    )
    assert sentiment.score == max(sentiment.scores.values())


def test_a_batch_gives_what_its_texts_give_singly(folder: Path) -> None:
    analyzer = HuggingFaceAnalyzer.load(str(folder), "cpu")
    texts = [Text(t, "ko") for t in ("good", "bad bad day a good day", "좋아", "", "day " * 500)]
    assert analyzer.analyze(texts) == [analyzer.analyze([text])[0] for text in texts]


def test_without_a_neutral_label_its_score_is_zero(tmp_path: Path) -> None:
    analyzer = HuggingFaceAnalyzer.load(
        str(save_model(tmp_path / "m", ["LABEL_0", "LABEL_1"])), "cpu"
    )
    (sentiment,) = analyzer.analyze([Text("good", "en")])
    assert not isinstance(sentiment, Exception)
    assert sentiment.scores["neutral"] == 0
    assert sentiment.label in {"positive", "negative"}


def test_an_item_that_the_model_fails_on_fails_alone(folder: Path) -> None:
    class Faulty(BertForSequenceClassification):  # type: ignore[no-untyped-call]
        def forward(self, input_ids: torch.Tensor, **rest: torch.Tensor) -> object:
            if (input_ids == WORDS.index("bad")).any():
                raise RuntimeError("bad input")
            return super().forward(input_ids, **rest)

    sound = HuggingFaceAnalyzer.load(str(folder), "cpu")
    tokenizer = BertTokenizer.from_pretrained(folder)
    network = Faulty.from_pretrained(folder).eval()  # type: ignore[no-untyped-call]
    analyzer = HuggingFaceAnalyzer(
        "m", "cpu", network, tokenizer, ["negative", "neutral", "positive"]
    )
    batcher: Batcher[Text, Sentiment] = Batcher(analyzer.analyze, max_batch=3)
    waiting = [batcher.submit(Text(text, "en")) for text in ("good", "bad", "good")]
    assert isinstance(waiting[1].exception(), EngineError)
    (expected,) = sound.analyze([Text("good", "en")])
    assert [waiting[0].result(), waiting[2].result()] == [expected, expected]


def test_unknown_labels_are_refused_with_their_names(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "emotions", ["joy", "anger"])
    with pytest.raises(ModelUnavailableError, match="joy, anger"):
        HuggingFaceAnalyzer.load(str(folder), "cpu")


def test_a_model_without_a_trained_head_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "headless"
    BertModel(config(["NEG", "POS"])).save_pretrained(folder)
    save_tokenizer(folder)
    with pytest.raises(ModelUnavailableError, match=r"classifier\.weight"):
        HuggingFaceAnalyzer.load(str(folder), "cpu")


@pytest.mark.parametrize("name", [".", "missing"])
def test_a_folder_without_a_model_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    folder = str(tmp_path / name)
    with pytest.raises(ModelUnavailableError) as refusal:
        HuggingFaceAnalyzer.load(folder, "cpu")
    assert folder in str(refusal.value)
    assert "\n" not in str(refusal.value)
