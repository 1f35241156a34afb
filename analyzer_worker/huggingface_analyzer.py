"""Any text-classification model of Hugging Face, by hub id or from a folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from analyzer_worker.analyzer import Text, sentiment_of
from analyzer_worker.labels import read_labels
from contract.errors import ModelUnavailableError
from contract.values import Sentiment, SentimentLabel

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

MAX_TOKENS: Final = 256
"""Longer texts are cut: half a minute of speech is about a hundred tokens."""


class HuggingFaceAnalyzer:
    """A model that gives each text a probability for each of its labels."""

    name: ClassVar[str] = "huggingface"
    languages: ClassVar[list[str] | None] = None
    note: ClassVar[str] = ""

    def __init__(
        self,
        model: str,
        device: str,
        network: "PreTrainedModel",
        tokenizer: "PreTrainedTokenizerBase",
        meanings: Sequence[SentimentLabel],
    ) -> None:
        """`meanings` says what each output of `network` stands for."""
        self.model = model
        self.device = device
        self._network = network
        self._tokenizer = tokenizer
        self._meanings = meanings
        self._max_tokens = _max_tokens(network, tokenizer)

    @classmethod
    def load(cls, model: str, device: str) -> "HuggingFaceAnalyzer":
        """Load and warm a model; `device` is auto, cpu or cuda.

        Raises ModelUnavailableError where it can't be had, has no trained classification head, or
        has labels that can't be read as sentiments.
        """
        if model.startswith(("/", "./", "../", "~")) and not Path(model).expanduser().is_dir():
            raise ModelUnavailableError(f"SENTIMENT_MODEL={model} is no folder")
        try:
            import torch
            from transformers import AutoModelForSequenceClassification, AutoTokenizer

            place = str(Path(model).expanduser())
            tokenizer = AutoTokenizer.from_pretrained(place)
            network, loading = AutoModelForSequenceClassification.from_pretrained(
                place, output_loading_info=True
            )
            if device == "auto":
                device = "cuda" if torch.cuda.is_available() else "cpu"
            network = network.eval().to(device)
            if device == "cpu":
                network = network.float()  # CPUs compute in half precision, but slowly
        except (ImportError, OSError, RuntimeError, ValueError, KeyError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise ModelUnavailableError(
                f"SENTIMENT_MODEL={model} can't be loaded: {reason}"
            ) from error
        if loading["missing_keys"]:
            raise ModelUnavailableError(
                f"SENTIMENT_MODEL={model} is no text-classification model: it lacks"
                f" {', '.join(sorted(loading['missing_keys'])[:3])}"
            )
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
            network.config.pad_token_id = tokenizer.pad_token_id
        try:
            meanings = read_labels(network.config.id2label or {})
        except ModelUnavailableError as error:
            raise ModelUnavailableError(f"SENTIMENT_MODEL={model}: {error}") from error
        analyzer = cls(model, device, network, tokenizer, meanings)
        try:
            analyzer.analyze([Text("warm", "en")])
        except Exception as error:  # whatever a model can raise, better at start than at work
            raise ModelUnavailableError(f"SENTIMENT_MODEL={model} fails: {error}") from error
        return analyzer

    def analyze(self, texts: Sequence[Text]) -> list[Sentiment | Exception]:
        """A sentiment for each text, out of one pass of the model; raises what the model raises."""
        import torch

        inputs = self._tokenizer(
            [text.text for text in texts],
            padding=True,
            truncation=True,
            max_length=self._max_tokens,
            return_tensors="pt",
        ).to(self.device)
        with torch.inference_mode():
            outputs = self._network(**inputs).logits.softmax(dim=-1).cpu().tolist()
        return [self._sentiment(probabilities) for probabilities in outputs]

    def _sentiment(self, probabilities: Sequence[float]) -> Sentiment:
        scores: dict[SentimentLabel, float] = {"positive": 0.0, "negative": 0.0, "neutral": 0.0}
        for meaning, probability in zip(self._meanings, probabilities, strict=True):
            scores[meaning] += probability
        return sentiment_of(scores)


def _max_tokens(network: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase") -> int:
    # RoBERTa's position embeddings begin two places later than they are counted.
    positions = getattr(network.config, "max_position_embeddings", MAX_TOKENS + 2) - 2
    return int(min(MAX_TOKENS, positions, tokenizer.model_max_length))
