"""Whisper checkpoints of known output: real compute at the size of `tiny`, a text set in advance.

Each decoder block's output projections are zero, so a position's state is its token embedding plus
its positional embedding, whatever the audio. The token embeddings are random unit vectors, and the
positional embedding at p is a multiple of the embedding of the token wanted at p + 1. The output
layer is the embedding once more, so that token wins.
"""

import itertools
import json
import warnings
from pathlib import Path

import torch
from whisper.model import ModelDimensions, Whisper
from whisper.tokenizer import Tokenizer, get_tokenizer

TINY = ModelDimensions(
    n_mels=80,
    n_audio_ctx=1500,
    n_audio_state=384,
    n_audio_head=6,
    n_audio_layer=4,
    n_vocab=51865,
    n_text_ctx=448,
    n_text_state=384,
    n_text_head=6,
    n_text_layer=4,
)

STRENGTH = 8.0
"""Of the positional embedding, against a token embedding's 1."""

LAST_TIMESTAMP_S = 1.0


def write_openai_checkpoint(
    path: Path,
    text: str,
    language: str = "en",
    *,
    sharpness: float = 1.0,
    silent: bool = False,
    seed: int = 0,
) -> Path:
    """Write an openai-whisper `.pt` file that transcribes any audio as `text`; returns its path.

    Below 1, `sharpness` makes the model unsure of the text: at 0.5 the log-probability of its
    tokens is about -2.
    A `silent` one says at the start that nobody speaks (then the language must be given).
    """
    torch.manual_seed(seed)
    model = Whisper(TINY)
    embeddings = _unit_vectors()
    with torch.no_grad():
        model.decoder.token_embedding.weight.copy_(embeddings)
        model.decoder.positional_embedding.copy_(
            _positions(embeddings, text, language, sharpness, silent)
        )
        for block in model.decoder.blocks:
            for last in (block.attn.out, block.cross_attn.out, block.mlp[2]):
                last.weight.zero_()
                last.bias.zero_()
    torch.save({"dims": TINY.__dict__, "model_state_dict": model.state_dict()}, path)
    return path


def write_hf_folder(
    path: Path,
    text: str,
    language: str = "en",
    *,
    sharpness: float = 1.0,
    silent: bool = False,
    seed: int = 0,
) -> Path:
    """Write a Hugging Face folder whose model transcribes any audio as `text`; returns its path."""
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(seed)
    tokenizer = _tokenizer(language)
    config = WhisperConfig(
        vocab_size=TINY.n_vocab,
        num_mel_bins=TINY.n_mels,
        d_model=TINY.n_text_state,
        encoder_layers=TINY.n_audio_layer,
        decoder_layers=TINY.n_text_layer,
        encoder_attention_heads=TINY.n_audio_head,
        decoder_attention_heads=TINY.n_text_head,
        encoder_ffn_dim=4 * TINY.n_audio_state,
        decoder_ffn_dim=4 * TINY.n_text_state,
    )
    model = WhisperForConditionalGeneration(config)
    decoder = model.model.decoder
    embeddings = _unit_vectors()
    with torch.no_grad():
        decoder.embed_tokens.weight.copy_(embeddings)
        decoder.embed_positions.weight.copy_(
            _positions(embeddings, text, language, sharpness, silent)
        )
        for layer in decoder.layers:
            for last in (layer.self_attn.out_proj, layer.encoder_attn.out_proj, layer.fc2):
                last.weight.zero_()
                last.bias.zero_()
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        suppress_tokens=[],
        begin_suppress_tokens=[220, tokenizer.eot],
        alignment_heads=[[2, 2], [3, 0], [3, 2], [3, 3], [3, 4], [3, 5]],
        lang_to_id={
            f"<|{code}|>": token
            for code, token in zip(
                tokenizer.all_language_codes, tokenizer.all_language_tokens, strict=True
            )
        },
    )
    model.save_pretrained(path)
    _write_tokenizer(path, tokenizer)
    return path


def write_ct2_folder(path: Path, hf_folder: Path) -> Path:
    """Convert a Hugging Face folder to CTranslate2's format; returns the new folder."""
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(str(hf_folder), copy_files=["tokenizer.json"]).convert(str(path))
    return path


def _tokenizer(language: str) -> Tokenizer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # whisper leaves its vocabulary file open
        return get_tokenizer(True, num_languages=99, language=language, task="transcribe")


def _unit_vectors() -> torch.Tensor:
    return torch.nn.functional.normalize(torch.randn(TINY.n_vocab, TINY.n_text_state), dim=1)


def _positions(
    embeddings: torch.Tensor, text: str, language: str, sharpness: float, silent: bool
) -> torch.Tensor:
    """The positional embedding that asks at each place for the next token of the whole sequence."""
    tokenizer = _tokenizer(language)
    before: list[int] = [*tokenizer.sot_sequence[1:], tokenizer.timestamp_begin]
    spoken: list[int] = tokenizer.encode(" " + text)
    wanted = [
        *before,
        *spoken,
        tokenizer.timestamp_begin + round(LAST_TIMESTAMP_S / 0.02),
    ]
    if silent:
        wanted[0] = tokenizer.no_speech
    wanted += [tokenizer.eot] * (TINY.n_text_ctx - len(wanted))
    directions = embeddings[wanted]
    of_text = slice(len(before), len(before) + len(spoken))
    elsewhere = torch.nn.functional.normalize(torch.randn_like(directions[of_text]), dim=1)
    directions[of_text] *= sharpness
    directions[of_text] += (1 - sharpness**2) ** 0.5 * elsewhere
    return STRENGTH * directions


def _write_tokenizer(folder: Path, tokenizer: Tokenizer) -> None:
    """Write `tokenizer.json` from the vocabulary that openai-whisper carries."""
    from tokenizers import AddedToken, decoders, pre_tokenizers
    from tokenizers import Tokenizer as FastTokenizer
    from tokenizers.models import BPE
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    ranks = tokenizer.encoding._mergeable_ranks
    letters = bytes_to_unicode()  # type: ignore[no-untyped-call]

    def as_text(token: bytes) -> str:
        return "".join(letters[byte] for byte in token)

    fast = FastTokenizer(
        BPE(
            {as_text(token): rank for token, rank in ranks.items()},
            [(as_text(left), as_text(right)) for left, right in _merges(ranks)],
        )
    )
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    fast.decoder = decoders.ByteLevel()
    special = sorted(tokenizer.special_tokens.items(), key=lambda item: item[1])
    fast.add_special_tokens([AddedToken(name, special=True) for name, _ in special])
    fast.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"})
    )


def _merges(ranks: dict[bytes, int]) -> list[tuple[bytes, bytes]]:
    """Each token of several bytes as the pair that byte-pair encoding makes it of."""
    tokens = sorted((token for token in ranks if len(token) > 1), key=ranks.__getitem__)
    return [_split(token, ranks) for token in tokens]


def _split(token: bytes, ranks: dict[bytes, int]) -> tuple[bytes, bytes]:
    parts = [bytes([byte]) for byte in token]
    while len(parts) > 2:
        pairs = [ranks.get(a + b, len(ranks)) for a, b in itertools.pairwise(parts)]
        place = min(range(len(pairs)), key=pairs.__getitem__)
        parts[place : place + 2] = [parts[place] + parts[place + 1]]
    left, right = parts
    return left, right
