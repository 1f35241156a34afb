"""The optimisation: passes over lessons, in stages that can be gone on from."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from analyzer_worker.analyzer import LABELS
from analyzer_worker.training.lessons import Lessons
from analyzer_worker.training.noise import break_up
from analyzer_worker.training.vocabulary import PAD, SPECIAL, UNK

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import ModernBertForSequenceClassification

_PAD: Final = SPECIAL.index(PAD)
_UNK: Final = SPECIAL.index(UNK)
_LONGEST: Final = 96
"""Pieces of a text in training."""
_WARM: Final = 100
"""Steps over which the learning rate rises; after them it falls to nothing in a straight line."""


@dataclass(frozen=True)
class Recipe:
    """How to learn."""

    passes: int = 4
    batch: int = 128
    stage: int = 500
    """Steps from one checkpoint to the next."""
    learning_rate: float = 2e-3
    """At its height."""
    embedding_rate: float = 0.5
    """Of that, for embeddings: words that are never trained must stay near those that are."""
    weight_decay: float = 0.05
    """Of matrices, not of embeddings."""
    forgetting: float = 0.08
    """Share of the pieces that are hidden from the model."""


class Learner:
    """Trains a network in place. The same seed gives the same network, cut and resumed or not."""

    def __init__(
        self,
        network: "ModernBertForSequenceClassification",
        tokenizer: "Tokenizer",
        lessons: Lessons,
        recipe: Recipe,
        seed: int,
    ) -> None:
        self.step = 0
        self.loss = 0.0
        """A moving mean of the last fifty steps or so."""
        self._network = network
        self._tokenizer = tokenizer
        self._lessons = lessons
        self._recipe = recipe
        self._seed = seed
        self._optimizer = _optimizer(network, recipe)
        self._steps_a_pass = -(-len(lessons) // recipe.batch)
        self.steps = recipe.passes * self._steps_a_pass

    def stages(self) -> Iterator[None]:
        """Learn; comes back after each stage and at the end."""
        import torch

        torch.manual_seed(self._seed + self.step)
        for number in range(self.step // self._steps_a_pass, self._recipe.passes):
            rng = random.Random(f"{self._seed} pass {number}")
            batches = _batches(self._lessons, self._tokenizer, self._recipe.batch, rng)
            for index, (pieces, targets) in enumerate(batches):
                if number * self._steps_a_pass + index < self.step:
                    continue  # learned before the cut
                self._learn(pieces, targets)
                if self.step % self._recipe.stage == 0 or self.step == self.steps:
                    yield
                    torch.manual_seed(self._seed + self.step)

    def state(self) -> dict[str, Any]:
        """All that is needed to go on from here."""
        return {
            "step": self.step,
            "loss": self.loss,
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state; raises KeyError, RuntimeError, ValueError where it doesn't fit."""
        self._network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.step, self.loss = state["step"], state["loss"]

    def _learn(self, pieces: "torch.Tensor", targets: "torch.Tensor") -> None:
        import torch

        for group in self._optimizer.param_groups:
            rise, fall = (self.step + 1) / _WARM, 1 - self.step / self.steps
            group["lr"] = group["height"] * min(rise, fall)
        hidden = (torch.rand(pieces.shape) < self._recipe.forgetting) & (pieces >= len(SPECIAL))
        self._network.train()
        pieces = pieces.masked_fill(hidden, _UNK)
        logits = self._network(input_ids=pieces, attention_mask=(pieces != _PAD).long()).logits
        loss = -(targets * logits.log_softmax(dim=-1)).sum(dim=-1).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self.step += 1
        self.loss = loss.item() if self.step == 1 else 0.98 * self.loss + 0.02 * loss.item()


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
    return torch.optim.AdamW(groups, lr=height, betas=(0.9, 0.98), fused=True)


def _batches(
    lessons: Lessons, tokenizer: "Tokenizer", size: int, rng: random.Random
) -> Iterator[tuple["torch.Tensor", "torch.Tensor"]]:
    """One pass; texts of like length together, since padding is work for nothing."""
    import torch

    made = lessons.make(rng)
    rng.shuffle(made)
    for begin in range(0, len(made), 50 * size):
        chunk = made[begin : begin + 50 * size]
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
