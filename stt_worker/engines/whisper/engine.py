"""The recogniser on openai-whisper: one encoding serves language, text and word times."""

import math

import numpy as np
import torch
from whisper.audio import N_SAMPLES, log_mel_spectrogram, pad_or_trim
from whisper.model import Whisper
from whisper.tokenizer import LANGUAGES, Tokenizer, get_tokenizer

from contract.audio import SAMPLE_RATE
from contract.parameters import AUTO_LANGUAGE
from contract.values import EngineInfo
from stt_worker.engine import Audio, Heard, HeardWord, Item, transcribe_screened
from stt_worker.engines.whisper.alignment import align
from stt_worker.engines.whisper.decoding import attempts_at, detect_languages
from stt_worker.guards import Attempt, best_attempt, trusted_length
from stt_worker.languages import english_only_remedy, unknown_language_remedy
from stt_worker.words import settle

CUDA_BATCH = 16
CPU_BATCH = 1
"""A CPU takes as long for a batch of 8 as for 8 singles, so there no item waits for the others."""


class WhisperEngine:
    """Whisper in PyTorch: greedy decoding, without timestamps (an utterance is one piece)."""

    def __init__(self, model: Whisper, model_name: str) -> None:
        device = model.device.type
        self._model = model
        self.info = EngineInfo(name="whisper", model=model_name, device=device)
        self.languages: list[str] | None = ["en"]
        self._remedy = english_only_remedy(model_name)
        if model.is_multilingual:
            self.languages = list(LANGUAGES)[: model.num_languages]
            self._remedy = unknown_language_remedy(model_name)
        self.advice = f"Any other language {self._remedy}"
        self.batch_size = CUDA_BATCH if device == "cuda" else CPU_BATCH

    def transcribe(self, items: list[Item]) -> list[Heard | Exception]:
        """An answer or an error for each item, in order."""
        return transcribe_screened(
            items, self._transcribe, languages=self.languages, remedy=self._remedy
        )

    def warm_up(self) -> None:
        """Run each part once, so that the first utterance doesn't pay for compiling."""
        noise = np.random.default_rng(0).normal(0, 0.05, SAMPLE_RATE).astype(np.float32)
        self.transcribe([Item(noise, AUTO_LANGUAGE, interim=True)])
        tokenizer = self._tokenizer("en")
        with torch.inference_mode():
            align(self._model, tokenizer, self._encode([noise]), [[0, 1]], [noise.size])

    def close(self) -> None:
        """Nothing outlives the process."""

    @torch.inference_mode()
    def _transcribe(self, items: list[Item]) -> list[Heard]:
        features = self._encode([item.audio for item in items])
        languages = self._languages(items, features)
        best = self._decode(items, features, languages)
        words = self._words(items, features, languages, best)
        return [
            Heard(
                text=attempt.text[: trusted_length(attempt)].rstrip(),
                words=words.get(place, []),
                language=language,
                confidence=round(math.exp(min(attempt.avg_logprob, 0.0)), 3),
            )
            for place, (attempt, language) in enumerate(zip(best, languages, strict=True))
        ]

    def _encode(self, audios: list[Audio]) -> torch.Tensor:
        """Features of shape [item, frame of 20 ms, state]."""
        mels = [
            log_mel_spectrogram(
                pad_or_trim(audio, N_SAMPLES), self._model.dims.n_mels, device=self._model.device
            )
            for audio in audios
        ]
        batch = torch.stack(mels)
        features: torch.Tensor = self._model.encoder(batch.half() if batch.is_cuda else batch)
        return features

    def _languages(self, items: list[Item], features: torch.Tensor) -> list[str]:
        languages = [item.language for item in items]
        unknown = [place for place, code in enumerate(languages) if code == AUTO_LANGUAGE]
        if unknown:
            detected = detect_languages(self._model, features[unknown])
            for place, code in zip(unknown, detected, strict=True):
                languages[place] = code
        return languages

    def _decode(
        self, items: list[Item], features: torch.Tensor, languages: list[str]
    ) -> list[Attempt]:
        groups: dict[tuple[str, str | None], list[int]] = {}
        for place, item in enumerate(items):
            groups.setdefault((languages[place], item.prompt or None), []).append(place)
        best: dict[int, Attempt] = {}
        for (language, prompt), places in groups.items():
            attempts = attempts_at(
                self._model,
                features[places],
                language=language,
                prompt=prompt,
                once=[items[place].interim for place in places],
            )
            best.update(zip(places, map(best_attempt, attempts), strict=True))
        return [best[place] for place in range(len(items))]

    def _words(
        self,
        items: list[Item],
        features: torch.Tensor,
        languages: list[str],
        best: list[Attempt],
    ) -> dict[int, list[HeardWord]]:
        groups: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            if not item.interim and trusted_length(best[place]):
                groups.setdefault(languages[place], []).append(place)
        words: dict[int, list[HeardWord]] = {}
        for language, places in groups.items():
            aligned = align(
                self._model,
                self._tokenizer(language),
                features[places],
                [list(best[place].tokens) for place in places],
                [items[place].audio.size for place in places],
            )
            for place, pieces in zip(places, aligned, strict=True):
                duration = items[place].audio.size / SAMPLE_RATE
                words[place] = settle(pieces, duration, trusted_length(best[place]))
        return words

    def _tokenizer(self, language: str) -> Tokenizer:
        return get_tokenizer(
            self._model.is_multilingual,
            num_languages=self._model.num_languages,
            language=language,
            task="transcribe",
        )
