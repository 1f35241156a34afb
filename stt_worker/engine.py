"""What every speech recogniser is to this worker: items of audio in, words with times out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from contract.errors import EngineError, UnsupportedLanguageError
from contract.parameters import AUTO_LANGUAGE
from contract.values import EngineInfo
from stt_worker.guards import is_digital_silence
from stt_worker.languages import language_name

MAX_AUDIO_S = 30.0
"""The longest item, seconds: what a Whisper encoder sees at once."""

Audio = NDArray[np.float32]
"""Samples from -1 to 1 at 16 kHz, one dimension."""


@dataclass(frozen=True, eq=False)
class Item:
    """A piece of speech to transcribe."""

    audio: Audio
    language: str
    """ISO 639-1 or `auto`."""
    prompt: str | None = None
    """Names and terms that may come up; never what was said before."""
    interim: bool = False
    """A first impression is enough: text without word times, and without second attempts."""


@dataclass(frozen=True)
class HeardWord:
    """One word as it was heard."""

    word: str
    """Without surrounding spaces, with its punctuation."""
    start: float
    """Seconds since the item's first sample."""
    end: float
    confidence: float
    """0 to 1."""


@dataclass(frozen=True)
class Heard:
    """What an engine heard in an item. Empty text: nothing was said, or nothing reliable."""

    text: str
    words: list[HeardWord]
    """Empty for interim items."""
    language: str
    confidence: float
    """0 to 1."""


class Engine(Protocol):
    """A speech recogniser. One thread at a time calls it.

    One's own is a subclass that needs no arguments, named by import path in STT_ENGINE.
    """

    info: EngineInfo
    languages: list[str] | None = None
    """ISO 639-1 codes it can do; None = any."""
    advice: str = ""
    """How to get the languages that it can't do."""
    batch_size: int = 1
    """How many items at once serve it best."""

    def warm_up(self) -> None:
        """Work once, so that it fails now if it must and the first utterance is fast."""

    def transcribe(self, items: list[Item]) -> list[Heard | Exception]:
        """An answer or an error for each item, in order: a bad item fails alone."""
        ...

    def close(self) -> None:
        """Let go of what would outlive the worker."""


def transcribe_screened(
    items: Sequence[Item],
    run: Callable[[list[Item]], Sequence[Heard | Exception]],
    *,
    languages: list[str] | None,
    remedy: str,
) -> list[Heard | Exception]:
    """Let `run` have the items that an engine can do; answer the others here.

    Audio that no engine can take is answered with EngineError, a language outside `languages`
    with UnsupportedLanguageError (`remedy` goes on after its name, as in "needs Whisper weights"),
    digital silence with empty text.
    """
    answers = [_screen(item, languages, remedy) for item in items]
    good = [item for item, answer in zip(items, answers, strict=True) if answer is None]
    heard = iter(run(good) if good else [])
    return [next(heard) if answer is None else answer for answer in answers]


def _screen(item: Item, languages: list[str] | None, remedy: str) -> Heard | Exception | None:
    fault = _fault(item.audio)
    if fault:
        return EngineError(f"this audio can't be transcribed: {fault}")
    if item.language != AUTO_LANGUAGE and languages and item.language not in languages:
        return UnsupportedLanguageError(f"{language_name(item.language)} {remedy}")
    if is_digital_silence(item.audio):
        return Heard("", [], item.language, 0.0)
    return None


def _fault(audio: Audio) -> str:
    if not isinstance(audio, np.ndarray) or audio.dtype != np.float32 or audio.ndim != 1:
        return "it is not one row of float32 samples"
    if audio.size == 0:
        return "it is empty"
    if audio.size > MAX_AUDIO_S * SAMPLE_RATE:
        return f"it lasts {audio.size / SAMPLE_RATE:.2f} s, longer than {MAX_AUDIO_S:.0f} s"
    if not np.isfinite(audio).all():
        return "some of its samples are not finite numbers"
    return ""
