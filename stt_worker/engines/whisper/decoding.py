"""From encoded audio to text: languages and words for a whole batch, second attempts for few."""

import torch
from whisper import decoding
from whisper.model import Whisper
from whisper.tokenizer import get_tokenizer

from stt_worker.guards import TEMPERATURES, Attempt, needs_fallback


def detect_languages(model: Whisper, features: torch.Tensor) -> list[str]:
    """The likeliest language (ISO 639-1) of each item of `features` [item, frame, state]."""
    if not model.is_multilingual:
        return ["en"] * len(features)
    _, probabilities = decoding.detect_language(model, features)
    return [max(of_item, key=of_item.__getitem__) for of_item in probabilities]


def attempts_at(
    model: Whisper,
    features: torch.Tensor,
    *,
    language: str,
    prompt: str | None,
    once: list[bool],
) -> list[list[Attempt]]:
    """Decode all items of `features` [item, frame, state]; again, warmer, those that went badly.

    An item whose `once` is true is not tried again. The temperature fallback is that of Whisper's
    own `transcribe`, for the part of the batch that needs it.
    """
    attempts: list[list[Attempt]] = [[] for _ in once]
    pending = list(range(len(once)))
    eot = get_tokenizer(model.is_multilingual, num_languages=model.num_languages).eot
    for temperature in TEMPERATURES:
        options = decoding.DecodingOptions(
            language=language,
            prompt=prompt,
            temperature=temperature,
            without_timestamps=True,
            fp16=features.dtype == torch.float16,
        )
        results = decoding.decode(model, features[pending], options)
        for place, result in zip(pending, results, strict=True):
            attempts[place].append(
                Attempt(
                    text=result.text,
                    tokens=tuple(token for token in result.tokens if token < eot),
                    avg_logprob=result.avg_logprob,
                    no_speech_prob=result.no_speech_prob,
                )
            )
        pending = [
            place for place in pending if not once[place] and needs_fallback(attempts[place][-1])
        ]
        if not pending:
            break
    return attempts
