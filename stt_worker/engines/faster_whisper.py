"""The recogniser on faster-whisper: Whisper in CTranslate2's compiled runtime.

Item by item, since a CPU gains nothing from batches; on CUDA several items run side by side. An
item is encoded once, for its language, its text and its word times: `WhisperModel.transcribe`
would encode it twice, and an encoding is a third of the work.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from contract.audio import SAMPLE_RATE
from contract.errors import EngineError, ModelUnavailableError
from contract.parameters import AUTO_LANGUAGE
from contract.values import EngineInfo
from stt_worker.engine import Audio, Heard, HeardWord, Item, transcribe_screened
from stt_worker.guards import (
    TEMPERATURES,
    Attempt,
    best_attempt,
    needs_fallback,
    trusted_length,
)
from stt_worker.languages import english_only_remedy, unknown_language_remedy
from stt_worker.words import settle

CUDA_WORKERS = 4
"""Items in CTranslate2's hands at once on CUDA, each on a stream of its own."""

MAX_TOKENS = 448
"""Of prompt and text together: Whisper's text context."""

MAX_NEW_TOKENS = 224


def load_faster_whisper(
    folder: Path, device: str, threads: int, model_name: str
) -> "FasterWhisperEngine":
    """The engine on a CTranslate2 folder; raises ModelUnavailableError."""
    if not (folder / "tokenizer.json").exists():  # faster-whisper would go and download one
        raise ModelUnavailableError(f"{folder} has no tokenizer.json")
    try:
        model = WhisperModel(
            str(folder),
            device=device,
            compute_type="int8" if device == "cpu" else "float16",
            cpu_threads=threads,
            num_workers=1 if device == "cpu" else CUDA_WORKERS,
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise ModelUnavailableError(f"faster-whisper can't load {folder}: {error}") from error
    return FasterWhisperEngine(model, model_name)


class FasterWhisperEngine:
    """Greedy decoding without timestamps and without any text from before."""

    def __init__(self, model: WhisperModel, model_name: str) -> None:
        device = model.model.device
        self._model = model
        self._tokenizer = lru_cache(maxsize=None)(self._make_tokenizer)
        self._suppressed = lru_cache(maxsize=None)(
            lambda language: list(get_suppressed_tokens(self._tokenizer(language), [-1]))
        )
        self._workers = ThreadPoolExecutor(CUDA_WORKERS, "transcribe") if device == "cuda" else None
        self.info = EngineInfo(name="faster-whisper", model=model_name, device=device)
        self.languages: list[str] | None = [
            code for code in model.supported_languages if self._knows(code)
        ]
        multilingual = model.model.is_multilingual
        remedy = unknown_language_remedy if multilingual else english_only_remedy
        self._remedy = remedy(model_name)
        self.advice = f"Any other language {self._remedy}"
        self.batch_size = CUDA_WORKERS if self._workers else 1

    def transcribe(self, items: list[Item]) -> list[Heard | Exception]:
        """An answer or an error for each item, in order."""
        return transcribe_screened(items, self._each, languages=self.languages, remedy=self._remedy)

    def warm_up(self) -> None:
        """Run once, so that the first utterance doesn't pay for what is set up lazily."""
        noise = np.random.default_rng(0).normal(0, 0.05, SAMPLE_RATE).astype(np.float32)
        self._hear(Item(noise, AUTO_LANGUAGE, interim=True))

    def close(self) -> None:
        """End the threads."""
        if self._workers:
            self._workers.shutdown()

    def _each(self, items: list[Item]) -> list[Heard | Exception]:
        run = self._workers.map if self._workers else map
        return list(run(self._hear_or_fail, items))

    def _hear_or_fail(self, item: Item) -> Heard | Exception:
        try:
            return self._hear(item)
        except (RuntimeError, ValueError) as error:  # what CTranslate2 raises
            return EngineError(f"faster-whisper failed: {error}")

    def _hear(self, item: Item) -> Heard:
        encoded = self._encode(item.audio)
        language = item.language
        if language == AUTO_LANGUAGE:
            language = self._detect(encoded)
        best = best_attempt(self._attempts(encoded, language, item))
        trusted = trusted_length(best)
        words = [] if item.interim or not trusted else self._align(encoded, language, best, item)
        return Heard(
            text=best.text[:trusted].rstrip(),
            words=settle(words, item.audio.size / SAMPLE_RATE, trusted),
            language=language,
            confidence=round(math.exp(min(best.avg_logprob, 0.0)), 3),
        )

    def _encode(self, audio: Audio) -> ctranslate2.StorageView:
        features = self._model.feature_extractor(audio)[..., :-1]  # less the frame of padding
        return self._model.encode(pad_or_trim(features))

    def _detect(self, encoded: ctranslate2.StorageView) -> str:
        if not self._model.model.is_multilingual:
            return "en"
        token, _probability = self._model.model.detect_language(encoded)[0][0]
        return str(token).strip("<|>")

    def _attempts(
        self, encoded: ctranslate2.StorageView, language: str, item: Item
    ) -> list[Attempt]:
        tokenizer = self._tokenizer(language)
        context = tokenizer.encode(" " + item.prompt.strip()) if item.prompt else []
        prompt = self._model.get_prompt(tokenizer, context, without_timestamps=True)
        attempts: list[Attempt] = []
        for temperature in TEMPERATURES:
            sampling = {"sampling_topk": 0, "sampling_temperature": temperature}
            result = self._model.model.generate(
                encoded,
                [prompt],
                beam_size=1,
                max_length=min(MAX_TOKENS, len(prompt) + MAX_NEW_TOKENS),
                return_scores=True,
                return_no_speech_prob=True,
                suppress_tokens=self._suppressed(language),
                **(sampling if temperature else {}),
            )[0]
            tokens = result.sequences_ids[0]
            text_tokens = tuple(token for token in tokens if token < tokenizer.eot)
            attempts.append(
                Attempt(
                    text=tokenizer.decode(list(text_tokens)).strip(),
                    tokens=text_tokens,
                    # the score is a mean without the end token, Whisper's own counts it in
                    avg_logprob=result.scores[0] * len(tokens) / (len(tokens) + 1),
                    no_speech_prob=result.no_speech_prob,
                )
            )
            if item.interim or not needs_fallback(attempts[-1]):
                break
        return attempts

    def _align(
        self, encoded: ctranslate2.StorageView, language: str, attempt: Attempt, item: Item
    ) -> list[HeardWord]:
        frames = max(2, item.audio.size // self._model.feature_extractor.hop_length)
        pieces = self._model.find_alignment(
            self._tokenizer(language), [list(attempt.tokens)], encoded, frames
        )[0]
        return [
            HeardWord(
                piece["word"],
                float(piece["start"]),
                float(piece["end"]),
                float(piece["probability"]),
            )
            for piece in pieces
        ]

    def _make_tokenizer(self, language: str) -> Tokenizer:
        multilingual = self._model.model.is_multilingual
        return Tokenizer(self._model.hf_tokenizer, multilingual, "transcribe", language)

    def _knows(self, code: str) -> bool:
        english_only = not self._model.model.is_multilingual
        return english_only or self._model.hf_tokenizer.token_to_id(f"<|{code}|>") is not None
