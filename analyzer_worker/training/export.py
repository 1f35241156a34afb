"""Writes a trained model in Hugging Face's format."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer_worker.training import calibration, vocabulary

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import ModernBertForSequenceClassification


def save(
    model: "ModernBertForSequenceClassification",
    tokenizer: "Tokenizer",
    adjustment: calibration.Adjustment,
    output: Path,
) -> None:
    """Write the model in half precision, with its calibration in the last layer.

    Changes `model`.
    """
    import torch

    last = model.classifier
    with torch.no_grad():
        last.weight.div_(adjustment.temperature)
        last.bias.div_(adjustment.temperature)
        last.bias[calibration.NEUTRAL] += adjustment.neutral
    output.mkdir(parents=True, exist_ok=True)
    for parameter in model.parameters():
        parameter.data = parameter.data.to(torch.float16)
    model.config.dtype = torch.float16
    model.save_pretrained(output)
    tokenizer.save(str(output / "tokenizer.json"), pretty=False)
    about = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": model.config.max_position_embeddings,
        "pad_token": vocabulary.PAD,
        "unk_token": vocabulary.UNK,
        "cls_token": vocabulary.CLS,
        "mask_token": vocabulary.MASK,
    }
    (output / "tokenizer_config.json").write_text(json.dumps(about, indent=2) + "\n")
