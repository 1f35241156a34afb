"""What an analyzer worker can be told through the environment."""

from typing import Literal

from contract.settings import SharedSettings


class AnalyzerSettings(SharedSettings):
    """Settings of the analyzer worker."""

    sentiment_model: str = "embedded"
    """`embedded` (our own, Korean and English), a hub id or folder of a Hugging Face
    text-classification model, or the import path `package.module:Class` of a SentimentAnalyzer."""

    sentiment_device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where a Hugging Face model runs."""
