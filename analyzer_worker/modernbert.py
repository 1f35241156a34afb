"""The forward pass of a small ModernBERT, in numpy.

What transformers computes with torch, without either: a process that only needs the embedded model
is ready in a fraction of a second instead of the seconds that importing the two takes, in a tenth
of the memory. Architecture: Warner et al. 2024, "Smarter, better, faster, longer".
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_FAR_BELOW: Final = np.float32(-1e9)
"""Added to the attention to padding."""


class ModernBert:
    """A classifier whose layers all attend to everything and whose outputs' mean is classified."""

    def __init__(self, config: Mapping[str, object], weights: Mapping[str, Array]) -> None:
        """`weights` by their names in Hugging Face's format."""
        self.labels = _labels(config)
        self.longest = _number(config, "max_position_embeddings")
        """Pieces of a text."""
        self._pad = _number(config, "pad_token_id")
        self._heads = _number(config, "num_attention_heads")
        self._layers = range(_number(config, "num_hidden_layers"))
        self._table = weights["model.embeddings.tok_embeddings.weight"]
        self._weights = {
            name: np.asarray(weight, np.float32)
            for name, weight in weights.items()
            if weight is not self._table
        }
        width = self._table.shape[1] // self._heads
        frequencies = _theta(config) ** (-np.arange(0, width, 2) / width)
        angles = np.outer(np.arange(self.longest), np.concatenate([frequencies, frequencies]))
        self._cos, self._sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)

    @classmethod
    def read(cls, folder: Path) -> "ModernBert":
        """The model in a folder; raises OSError, ValueError, KeyError."""
        from safetensors.numpy import load_file

        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return cls(config, load_file(folder / "model.safetensors"))

    def probabilities(self, texts: Sequence[Sequence[int]]) -> Array:
        """Of each label for each text, [texts, labels]; a text is the ids of its pieces."""
        codes = [text[: self.longest] for text in texts]
        pieces = np.full((len(codes), max(map(len, codes))), self._pad)
        for row, code in zip(pieces, codes, strict=True):
            row[: len(code)] = code
        logits = self._logits(pieces, pieces != self._pad)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: Array = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def _logits(self, pieces: NDArray[np.int64], real: NDArray[np.bool_]) -> Array:
        states = self._norm(self._table[pieces].astype(np.float32), "model.embeddings.norm")
        far = np.where(real, np.float32(0), _FAR_BELOW)[:, None, None, :]
        for layer in self._layers:
            name = f"model.layers.{layer}"
            # The first layer finds its input normalised.
            calm = self._norm(states, f"{name}.attn_norm") if layer else states
            states = states + self._attend(calm, far, f"{name}.attn")
            calm = self._norm(states, f"{name}.mlp_norm")
            inner, gate = np.split(self._linear(calm, f"{name}.mlp.Wi"), 2, axis=-1)
            states = states + self._linear(_gelu(inner) * gate, f"{name}.mlp.Wo")
        states = self._norm(states, "model.final_norm") * real[..., None]
        mean = states.sum(axis=1) / real.sum(axis=1, keepdims=True)
        felt = self._norm(_gelu(self._linear(mean, "head.dense")), "head.norm")
        return self._linear(felt, "classifier") + self._weights["classifier.bias"]

    def _attend(self, states: Array, far: Array, name: str) -> Array:
        texts, length, width = states.shape
        mixed = self._linear(states, f"{name}.Wqkv")
        by_head = mixed.reshape(texts, length, 3, self._heads, width // self._heads)
        queries, keys, values = by_head.transpose(2, 0, 3, 1, 4)
        closeness = np.float32(1 / math.sqrt(queries.shape[-1]))
        likeness = self._turn(queries) @ self._turn(keys).swapaxes(-1, -2) * closeness + far
        powers = np.exp(likeness - likeness.max(axis=-1, keepdims=True))
        shares = powers / powers.sum(axis=-1, keepdims=True)
        seen = (shares @ values).transpose(0, 2, 1, 3).reshape(texts, length, width)
        return self._linear(seen, f"{name}.Wo")

    def _turn(self, vectors: Array) -> Array:
        """Rotary positions: Su et al. 2021, "RoFormer"."""
        length = vectors.shape[-2]
        first, second = np.split(vectors, 2, axis=-1)
        across = np.concatenate([-second, first], axis=-1)
        return np.asarray(vectors * self._cos[:length] + across * self._sin[:length], np.float32)

    def _linear(self, states: Array, name: str) -> Array:
        weight = self._weights[f"{name}.weight"]
        rows: Array = states.reshape(-1, weight.shape[1]) @ weight.T  # one product, not one a text
        return rows.reshape(*states.shape[:-1], len(weight))

    def _norm(self, states: Array, name: str) -> Array:
        centred = states - states.mean(axis=-1, keepdims=True)
        spread = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + np.float32(1e-5))
        calm: Array = centred / spread * self._weights[f"{name}.weight"]
        return calm


def _gelu(x: Array) -> Array:
    """`gelu_pytorch_tanh`."""
    bent: Array = 0.5 * x * (1 + np.tanh(np.float32(0.7978845608) * (x + 0.044715 * x * x * x)))
    return bent


def _number(config: Mapping[str, object], name: str) -> int:
    value = config[name]
    if not isinstance(value, int):
        raise ValueError(f"{name} is {value!r} in config.json")
    return value


def _labels(config: Mapping[str, object]) -> dict[int, str]:
    named = config["id2label"]
    if not isinstance(named, dict):
        raise ValueError("config.json names no labels")
    return {int(index): str(label) for index, label in named.items()}


def _theta(config: Mapping[str, object]) -> float:
    match config["rope_parameters"]:
        case {"full_attention": {"rope_theta": float() | int() as theta}}:
            return float(theta)
    raise ValueError("config.json has no rope_theta for full attention")
