"""Whisper weights from disk, in OpenAI's own format or in Hugging Face's."""

import json
import pickle
from pathlib import Path
from typing import Any

import torch
import whisper
from whisper.model import ModelDimensions, Whisper

from contract.errors import ModelUnavailableError

_RENAMED = (
    ("model.", ""),
    ("embed_tokens", "token_embedding"),
    ("embed_positions.weight", "positional_embedding"),
    ("encoder.layer_norm.", "encoder.ln_post."),
    ("decoder.layer_norm.", "decoder.ln."),
    ("layers", "blocks"),
    ("self_attn_layer_norm", "attn_ln"),
    ("encoder_attn_layer_norm", "cross_attn_ln"),
    ("final_layer_norm", "mlp_ln"),
    ("self_attn", "attn"),
    ("encoder_attn", "cross_attn"),
    ("q_proj", "query"),
    ("k_proj", "key"),
    ("v_proj", "value"),
    ("out_proj", "out"),
    ("fc1", "mlp.0"),
    ("fc2", "mlp.2"),
)
"""Hugging Face's names and OpenAI's, in the order in which they are replaced."""

_UNREADABLE = (
    OSError,
    RuntimeError,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    pickle.UnpicklingError,
)


def load_openai(path: Path, device: str) -> Whisper:
    """A model from OpenAI's `.pt` file; raises ModelUnavailableError."""
    try:
        model = whisper.load_model(str(path), device=device)
        if path.stem in whisper._ALIGNMENT_HEADS:
            model.set_alignment_heads(whisper._ALIGNMENT_HEADS[path.stem])
    except _UNREADABLE as error:
        raise ModelUnavailableError(f"{path} is not a Whisper checkpoint: {error}") from error
    return model.eval()


def load_hugging_face(folder: Path, device: str) -> Whisper:
    """A model from a Hugging Face folder, its weights renamed; raises ModelUnavailableError."""
    try:
        config = json.loads((folder / "config.json").read_text())
        model = Whisper(_dimensions(config))
        state = _read_weights(folder)
        state.pop("proj_out.weight", None)  # the token embedding once more
        model.load_state_dict({openai_name(name): tensor for name, tensor in state.items()})
        _set_alignment_heads(model, folder)
    except _UNREADABLE as error:
        raise ModelUnavailableError(f"{folder} holds no Whisper model: {error}") from error
    return model.to(device).eval()


def openai_name(name: str) -> str:
    """What OpenAI calls the weight that Hugging Face calls `name`."""
    for theirs, ours in _RENAMED:
        name = name.replace(theirs, ours)
    return name


def _dimensions(config: dict[str, Any]) -> ModelDimensions:
    return ModelDimensions(
        n_mels=config["num_mel_bins"],
        n_audio_ctx=config["max_source_positions"],
        n_audio_state=config["d_model"],
        n_audio_head=config["encoder_attention_heads"],
        n_audio_layer=config["encoder_layers"],
        n_vocab=config["vocab_size"],
        n_text_ctx=config["max_target_positions"],
        n_text_state=config["d_model"],
        n_text_head=config["decoder_attention_heads"],
        n_text_layer=config["decoder_layers"],
    )


def _read_weights(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    index = folder / "model.safetensors.index.json"
    if index.exists():
        shards = sorted(set(json.loads(index.read_text())["weight_map"].values()))
        return {
            name: weight for shard in shards for name, weight in load_file(folder / shard).items()
        }
    if (folder / "model.safetensors").exists():
        return load_file(folder / "model.safetensors")
    weights: dict[str, torch.Tensor] = torch.load(
        folder / "pytorch_model.bin", map_location="cpu", weights_only=True
    )
    return weights


def _set_alignment_heads(model: Whisper, folder: Path) -> None:
    generation = folder / "generation_config.json"
    heads = (
        json.loads(generation.read_text()).get("alignment_heads") if generation.exists() else None
    )
    if heads:
        mask = torch.zeros(model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool)
        for layer, head in heads:
            mask[layer, head] = True
        model.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)
