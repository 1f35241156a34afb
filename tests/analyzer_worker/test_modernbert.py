"""The numpy forward pass beside transformers' own, on tiny random models."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import ModernBertConfig, ModernBertForSequenceClassification

from analyzer_worker.modernbert import ModernBert

TEXTS = [[2, 5, 6, 7, 8, 9, 10], [2], [2, 7, 7], list(range(2, 19)) * 3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = ModernBertConfig(
        vocab_size=20,
        hidden_size=24,
        intermediate_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        layer_types=["full_attention"] * 3,
        max_position_embeddings=64,
        classifier_pooling="mean",
        hidden_activation="gelu_pytorch_tanh",
        classifier_activation="gelu_pytorch_tanh",
        initializer_range=0.5,
        pad_token_id=0,
        num_labels=3,
    )
    model = ModernBertForSequenceClassification(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, 0.2, 0.5)
    model.save_pretrained(tmp_path)
    return tmp_path


def test_the_probabilities_are_those_of_transformers(folder: Path) -> None:
    model = ModernBertForSequenceClassification.from_pretrained(folder).eval()
    found = ModernBert.read(folder).probabilities(TEXTS)
    assert found.shape == (len(TEXTS), 3)
    for text, row in zip(TEXTS, found, strict=True):
        with torch.inference_mode():
            theirs = model(torch.tensor([text])).logits.softmax(dim=-1)[0].numpy()
        assert row == pytest.approx(theirs, abs=1e-4)


def test_what_is_too_long_is_cut(folder: Path) -> None:
    model = ModernBert.read(folder)
    long = [2, *[5, 6, 7] * 100]
    whole, cut = model.probabilities([long]), model.probabilities([long[:64]])
    assert whole == pytest.approx(cut)
    assert np.isfinite(whole).all()


def test_a_broken_config_is_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["rope_parameters"] = None
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="rope_theta"):
        ModernBert.read(folder)
