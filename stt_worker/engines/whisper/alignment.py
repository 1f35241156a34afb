"""When each word was said, read off the decoder's cross-attention.

The method is that of openai-whisper's `timing.py` and of Radford et al. 2022 (arXiv:2212.04356):
in some attention heads, each token looks at the moment of audio where it is said. Their weights,
normalised and smoothed by a median filter, are a map of token against time; dynamic time warping
finds the path through it. Here a batch shares one pass of the decoder, on audio encoded before.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor
from whisper.audio import N_SAMPLES_PER_TOKEN, TOKENS_PER_SECOND
from whisper.model import Whisper, disable_sdpa
from whisper.timing import dtw, median_filter
from whisper.tokenizer import Tokenizer

from stt_worker.engine import HeardWord

MEDIAN_WIDTH = 7
"""Frames of 20 ms."""


def align(
    model: Whisper,
    tokenizer: Tokenizer,
    features: Tensor,
    texts: list[list[int]],
    samples: list[int],
) -> list[list[HeardWord]]:
    """The pieces of each text, with the spaces they were written with, and their times.

    `features` [item, frame, state] is the encoded audio, `texts` the text tokens of each item,
    `samples` the length of its audio at 16 kHz.
    """
    prefix = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    longest = max(map(len, texts))
    rows = [
        [*prefix, *text, *[tokenizer.eot] * (longest - len(text) + 1)] for text in texts
    ]  # causal: what pads a row changes nothing before it
    with _attention(model) as heads, disable_sdpa():
        logits = model.decoder(torch.tensor(rows, device=features.device), features)
    weights = torch.stack([heads[layer, head] for layer, head in _alignment_heads(model)], dim=1)
    sot_length = len(tokenizer.sot_sequence)
    aligned = []
    for place, text in enumerate(texts):
        frames = max(1, samples[place] // N_SAMPLES_PER_TOKEN)
        used = weights[place, :, : len(prefix) + len(text) + 1, :frames]
        times = _token_times(used, sot_length)
        probabilities = logits[place, sot_length : sot_length + len(text), : tokenizer.eot]
        chosen = probabilities.softmax(dim=-1)[torch.arange(len(text)), text].tolist()
        aligned.append(_pieces(tokenizer, text, times, chosen))
    return aligned


@contextmanager
def _attention(model: Whisper) -> Iterator[dict[tuple[int, int], Tensor]]:
    """Collect the alignment heads' attention, each [item, token, frame], while the decoder runs."""
    wanted = defaultdict(list)
    for layer, head in _alignment_heads(model):
        wanted[layer].append(head)
    heads: dict[tuple[int, int], Tensor] = {}

    def keep(layer: int, attention: Tensor) -> None:
        for head in wanted[layer]:
            heads[layer, head] = attention[:, head].float()

    hooks = [
        model.decoder.blocks[layer].cross_attn.register_forward_hook(
            lambda _module, _inputs, outputs, layer=layer: keep(layer, outputs[1])
        )
        for layer in wanted
    ]
    try:
        yield heads
    finally:
        for hook in hooks:
            hook.remove()


def _alignment_heads(model: Whisper) -> list[tuple[int, int]]:
    return [(layer, head) for layer, head in model.alignment_heads.indices().T.tolist()]


def _token_times(attention: Tensor, sot_length: int) -> np.ndarray:
    """When each text token begins, and then when the last one ends, seconds.

    `attention` [head, token, frame] is of one item, start and end tokens included.
    """
    weights = attention.softmax(dim=-1)
    deviation, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
    weights = median_filter((weights - mean) / deviation.clamp_min(1e-8), MEDIAN_WIDTH)
    matrix = weights.mean(dim=0)[sot_length:-1]
    token_path, frame_path = dtw(-matrix.cpu())
    first_of_token = np.diff(token_path, prepend=-1) > 0
    return np.asarray(frame_path[first_of_token] / TOKENS_PER_SECOND)


def _pieces(
    tokenizer: Tokenizer, text: list[int], times: np.ndarray, probabilities: list[float]
) -> list[HeardWord]:
    written, tokens = tokenizer.split_to_word_tokens([*text, tokenizer.eot])
    ends = np.cumsum([len(of_word) for of_word in tokens[:-1]]).tolist()
    starts = [0, *ends[:-1]]
    return [
        HeardWord(
            word, float(times[start]), float(times[end]), float(np.mean(probabilities[start:end]))
        )
        for word, start, end in zip(written, starts, ends, strict=False)
    ]
