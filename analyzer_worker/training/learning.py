"""The optimisation: passes over lessons until the steps are used up."""

import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from analyzer_worker.analyzer import LABELS
from analyzer_worker.training.lessons import Lesson, Lessons
from analyzer_worker.training.noise import break_up
from analyzer_worker.training.vocabulary import PAD, SPECIAL, UNK

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import ModernBertForSequenceClassification

log = logging.getLogger(__name__)

_PAD: Final = SPECIAL.index(PAD)
_UNK: Final = SPECIAL.index(UNK)
_LONGEST: Final = 128
"""Pieces of a text in training."""


@dataclass(frozen=True)
class Recipe:
    """How to learn."""

    passes: float = 2.0
    batch: int = 128
    learning_rate: float = 2e-3
    """At its height; it rises over the first 100 steps and falls to nothing in a straight line."""
    embedding_rate: float = 0.5
    """Of that, for embeddings: words that are never trained must stay near those that are."""
    weight_decay: float = 0.05
    """Of matrices, not of embeddings."""
    forgetting: float = 0.08
    """Share of the pieces that are hidden from the model."""


def learn(
    network: "ModernBertForSequenceClassification",
    tokenizer: "Tokenizer",
    lessons: Lessons,
    recipe: Recipe,
    seed: int,
) -> Iterator[tuple[int, float]]:
    """Train `network` in place; yields each hundredth step and the loss of late."""
    import torch

    rng = random.Random(seed)
    torch.manual_seed(seed)
    optimizer = _optimizer(network, recipe)
    step, steps, loss_of_late = 0, None, 0.0
    while steps is None or step < steps:
        some = lessons.make(rng)
        steps = steps or max(1, int(recipe.passes * len(some) / recipe.batch))
        for pieces, targets in _batches(some, tokenizer, recipe.batch, rng):
            for group in optimizer.param_groups:
                group["lr"] = group["height"] * min((step + 1) / 100, 1 - step / steps)
            hidden = (torch.rand(pieces.shape) < recipe.forgetting) & (pieces >= len(SPECIAL))
            network.train()
            pieces = pieces.masked_fill(hidden, _UNK)
            logits = network(input_ids=pieces, attention_mask=(pieces != _PAD).long()).logits
            loss = -(targets * logits.log_softmax(dim=-1)).sum(dim=-1).mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            loss_of_late = loss.item() if step == 1 else 0.98 * loss_of_late + 0.02 * loss.item()
            if step % 100 == 0:
                yield step, loss_of_late
            if step == steps:
                break


def logits_of(
    network: "ModernBertForSequenceClassification", tokenizer: "Tokenizer", texts: Sequence[str]
) -> NDArray[np.float64]:
    """What the network says of each text, [texts, labels]."""
    import torch

    network.train(mode=False)
    codes = [code.ids for code in tokenizer.encode_batch(list(texts))]
    answers = np.zeros((len(codes), len(LABELS)))
    order = sorted(range(len(codes)), key=lambda index: len(codes[index]))
    with torch.inference_mode():
        for begin in range(0, len(order), 128):
            chosen = order[begin : begin + 128]
            pieces = _padded([codes[index] for index in chosen])
            output = network(input_ids=pieces, attention_mask=(pieces != _PAD).long())
            answers[chosen] = output.logits.double().numpy()
    return answers


def _optimizer(
    network: "ModernBertForSequenceClassification", recipe: Recipe
) -> "torch.optim.Optimizer":
    import torch

    named = list(network.named_parameters())
    height = recipe.learning_rate
    matrices = [p for name, p in named if p.ndim > 1 and "embeddings" not in name]
    vectors = [p for name, p in named if p.ndim == 1]
    embeddings = [p for name, p in named if p.ndim > 1 and "embeddings" in name]
    groups = [
        {"params": matrices, "height": height, "weight_decay": recipe.weight_decay},
        {"params": vectors, "height": height, "weight_decay": 0.0},
        {"params": embeddings, "height": height * recipe.embedding_rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.98), fused=True)


def _batches(
    lessons: Sequence[Lesson],
    tokenizer: "Tokenizer",
    size: int,
    rng: random.Random,
) -> Iterator[tuple["torch.Tensor", "torch.Tensor"]]:
    """Texts of like length together: padding is work for nothing."""
    import torch

    shuffled = rng.sample(lessons, len(lessons))
    for begin in range(0, len(shuffled), 50 * size):
        chunk = shuffled[begin : begin + 50 * size]
        texts = [les.text if rng.random() < 0.5 else break_up(les.text, rng) for les in chunk]
        codes = [code.ids[:_LONGEST] for code in tokenizer.encode_batch(texts)]
        order = sorted(range(len(chunk)), key=lambda index: len(codes[index]))
        batches = [order[at : at + size] for at in range(0, len(order), size)]
        rng.shuffle(batches)
        for batch in batches:
            targets = torch.tensor([chunk[index].target for index in batch])
            yield _padded([codes[index] for index in batch]), targets


def _padded(codes: Sequence[Sequence[int]]) -> "torch.Tensor":
    import torch

    table = torch.full((len(codes), max(map(len, codes))), _PAD)
    for row, code in enumerate(codes):
        table[row, : len(code)] = torch.tensor(code)
    return table
