"""Which engine on which device reads which weights: the decision, without touching either."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from contract.errors import ModelUnavailableError


class WhisperEngineName(StrEnum):
    """The two Whispers, as STT_ENGINE names them."""

    WHISPER = "whisper"
    FASTER_WHISPER = "faster-whisper"


class Format(StrEnum):
    """How Whisper weights come, as people call it."""

    OPENAI = "an OpenAI checkpoint"
    HUGGING_FACE = "a Hugging Face folder"
    CTRANSLATE2 = "a CTranslate2 folder"


READERS = {
    Format.OPENAI: (WhisperEngineName.WHISPER,),
    Format.HUGGING_FACE: (WhisperEngineName.FASTER_WHISPER, WhisperEngineName.WHISPER),
    Format.CTRANSLATE2: (WhisperEngineName.FASTER_WHISPER,),
}
"""Who can read what; faster-whisper reads a Hugging Face folder after converting it once."""


@dataclass(frozen=True)
class Source:
    """Where weights are, or could be had."""

    format: Format
    place: str
    """A path, or a hub id."""
    local: bool
    """Whether they are on this machine already."""


@dataclass(frozen=True)
class Hardware:
    """Which runtimes see a CUDA device."""

    torch_cuda: bool
    ctranslate2_cuda: bool

    def has_cuda(self, engine: WhisperEngineName) -> bool:
        """Whether this engine could run on CUDA here."""
        return self.torch_cuda if engine is WhisperEngineName.WHISPER else self.ctranslate2_cuda


@dataclass(frozen=True)
class Choice:
    """One way to run Whisper."""

    engine: WhisperEngineName
    device: str
    source: Source
    why: str


def choices(
    engine: str, device: str, sources: Sequence[Source], hardware: Hardware
) -> list[Choice]:
    """The ways to do what STT_ENGINE and STT_DEVICE ask with these sources, best first.

    Weights on this machine go before downloads, CUDA before the CPU, then faster-whisper before
    whisper, then weights that need no conversion. Raises ModelUnavailableError when there is none.
    """
    readable = [
        (reader, source)
        for source in sources
        for reader in READERS[source.format]
        if engine in ("auto", reader)
    ]
    if not readable:
        raise ModelUnavailableError(_unreadable(engine, sources))
    ways = [
        Choice(reader, on, source, _why(engine, reader, on, source))
        for reader, source in readable
        for on in ("cuda", "cpu")
        if device in ("auto", on) and (on == "cpu" or hardware.has_cuda(reader))
    ]
    if not ways:
        raise ModelUnavailableError("STT_DEVICE=cuda, but no CUDA device can be used here")
    return sorted(
        ways,
        key=lambda way: (
            not way.source.local,
            way.device != "cuda",
            way.engine is not WhisperEngineName.FASTER_WHISPER,
            needs_conversion(way),
        ),
    )


def needs_conversion(choice: Choice) -> bool:
    """Whether the weights must be converted before the engine can read them."""
    faster = choice.engine is WhisperEngineName.FASTER_WHISPER
    return faster and choice.source.format is Format.HUGGING_FACE


def _why(engine: str, reader: WhisperEngineName, device: str, source: Source) -> str:
    if engine != "auto":
        return f"{reader} because STT_ENGINE says so"
    if len(READERS[source.format]) == 1:
        return f"{reader} because {source.place} is {source.format}, which it alone reads"
    if reader is WhisperEngineName.WHISPER:
        return "whisper because faster-whisper can't be used here"
    if device == "cuda":
        return "faster-whisper for its compiled decoder; not measured against whisper on CUDA yet"
    return (
        "faster-whisper, the faster of the two Whispers on a CPU "
        "(tiny, 11 s of speech, 2 cores: 0.8 s in int8 against 1.2 s, word times included)"
    )


def _unreadable(engine: str, sources: Sequence[Source]) -> str:
    places = "; ".join(f"{source.place} is {source.format}" for source in sources)
    remedy = (
        "use STT_ENGINE=whisper (or auto), or give a Hugging Face or CTranslate2 folder"
        if engine == WhisperEngineName.FASTER_WHISPER
        else "use STT_ENGINE=faster-whisper (or auto), or give a `.pt` file or Hugging Face folder"
    )
    return f"STT_ENGINE={engine} can't read this model: {places}. Instead, {remedy}"
