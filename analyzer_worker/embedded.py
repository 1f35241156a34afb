"""The embedded analyzer: a small model of our own, for Korean and English."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from analyzer_worker.analyzer import UNDECIDED, Text, sentiment_of
from analyzer_worker.labels import read_labels
from contract.errors import ModelUnavailableError
from contract.values import Sentiment, SentimentLabel

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

    from analyzer_worker.modernbert import ModernBert

FOLDER: Final = Path(__file__).parent / "model"
"""In Hugging Face's format. model/README.md is its card; `make train-sentiment` makes it."""

LANGUAGES: Final = ["ko", "en"]


class EmbeddedAnalyzer:
    """The model that comes with the package, for the languages that it learned."""

    name: ClassVar[str] = "modernbert"
    model: ClassVar[str] = "embedded"
    device: ClassVar[str] = "cpu"
    languages: ClassVar[list[str]] = LANGUAGES
    note: ClassVar[str] = (
        "The embedded model understands Korean and English: other languages are answered neutral,"
        " with even scores. SENTIMENT_MODEL takes any text-classification model of Hugging Face."
    )

    def __init__(
        self,
        network: "ModernBert",
        tokenizer: "Tokenizer",
        meanings: Sequence[SentimentLabel],
        threads: "ThreadpoolController",
    ) -> None:
        """`meanings` says what each output of `network` stands for."""
        self._threads = threads
        self._network = network
        self._tokenizer = tokenizer
        self._meanings = meanings

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "EmbeddedAnalyzer":
        """Load and warm the model; raises ModelUnavailableError."""
        try:
            from threadpoolctl import ThreadpoolController
            from tokenizers import Tokenizer

            from analyzer_worker.modernbert import ModernBert

            network = ModernBert.read(folder)
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            labels = read_labels(network.labels)
            analyzer = cls(network, tokenizer, labels, ThreadpoolController())
            analyzer.analyze([Text("warm", LANGUAGES[0])])
        except Exception as error:  # tokenizers raises nothing more exact
            reason = str(error).strip().partition("\n")[0]
            raise ModelUnavailableError(
                f"the embedded model can't be loaded from {folder}: {reason}"
            ) from error
        return analyzer

    def analyze(self, texts: Sequence[Text]) -> list[Sentiment | Exception]:
        """A sentiment for each text, out of one pass of the model."""
        understood = [text.text for text in texts if text.language in LANGUAGES]
        answers = iter(self._read(understood) if understood else [])
        return [next(answers) if text.language in LANGUAGES else UNDECIDED for text in texts]

    def _read(self, texts: list[str]) -> list[Sentiment]:
        codes = [code.ids for code in self._tokenizer.encode_batch(texts)]
        # The products are too small to share out: on a busy machine, threads wait for each other.
        with self._threads.limit(limits=1, user_api="blas"):
            shares = self._network.probabilities(codes).tolist()
        return [
            sentiment_of(dict(zip(self._meanings, probabilities, strict=True)))
            for probabilities in shares
        ]
