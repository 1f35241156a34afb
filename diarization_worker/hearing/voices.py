"""What was heard in a stretch of audio: voices without a name yet."""

from dataclasses import dataclass

from diarization_worker.encoders.encoder import Embedding


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch in which a voice is heard. Turns of two voices may overlap."""

    start: float
    """Seconds from the beginning of the audio."""
    end: float
    voice: int
    """Index into the hearing's voices."""


@dataclass(frozen=True, slots=True)
class HeardVoice:
    """One voice of a stretch of audio."""

    embedding: Embedding
    seconds: float
    """Speech behind the embedding: what nobody talked over, if there was any such."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """The voices of a stretch of audio, and when each is heard."""

    voices: tuple[HeardVoice, ...] = ()
    """In the order in which they are first heard; none where nobody speaks."""
    turns: tuple[Turn, ...] = ()
    """In order of their starts."""
    exclusive: tuple[Turn, ...] = ()
    """One at a time: where several talk, the voice heard best."""
