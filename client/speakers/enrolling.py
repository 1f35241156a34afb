"""A speaker's recordings on their way into the registry: a bad one must not cost the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from client.speakers.folder import FolderSpeaker
from client.speakers.recordings import Recording, recording
from client.speakers.refusals import ABOUT_A_RECORDING
from client.speakers.registry import Registry
from contract.errors import SoriError, SpeechTooShortError
from contract.speakers import Registered

TOGETHER: Final = 10
"""Recordings that a registration may have."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Recordings that are part of a voice print now."""

    recordings: tuple[Recording, ...]
    answer: Registered


@dataclass(frozen=True, slots=True)
class Unusable:
    """A recording that is not, and why."""

    name: str
    error: SoriError


def enrol(
    registry: Registry, speaker: FolderSpeaker, duration: float | None
) -> Iterator[Enrolled | Unusable]:
    """Register all that can be used of a speaker's recordings, each of them cut to `duration`.

    Together first: recordings each too short to found a voice print may do it in common. Raises
    SoriError for what is not about a recording.
    """
    readable: list[Recording] = []
    for file in speaker.files:
        try:
            readable.append(recording(file, duration))
        except ABOUT_A_RECORDING as error:
            yield Unusable(str(file), error)
    for first in range(0, len(readable), TOGETHER):
        yield from _add(registry, speaker, readable[first : first + TOGETHER])


def _add(
    registry: Registry, speaker: FolderSpeaker, recordings: Sequence[Recording]
) -> Iterator[Enrolled | Unusable]:
    """All in one registration, or else whichever can be used."""
    outcome = _register(registry, speaker, recordings)
    if isinstance(outcome, Enrolled) or len(recordings) == 1:
        yield outcome
        return
    short: list[tuple[Recording, Unusable]] = []
    founded = False
    for each in recordings:
        outcome = _register(registry, speaker, [each])
        if isinstance(outcome, Unusable) and isinstance(outcome.error, SpeechTooShortError):
            short.append((each, outcome))
            continue
        founded = founded or isinstance(outcome, Enrolled)
        yield outcome
    # Each too short for a voice print, but perhaps not all of them, or for adding to one.
    if 1 < len(short) < len(recordings):
        outcome = _register(registry, speaker, [each for each, _ in short])
        if isinstance(outcome, Enrolled):
            yield outcome
            return
    for each, refusal in short:
        yield _register(registry, speaker, [each]) if founded else refusal


def _register(
    registry: Registry, speaker: FolderSpeaker, recordings: Sequence[Recording]
) -> Enrolled | Unusable:
    try:
        answer = registry.register(recordings, speaker.speaker_id, speaker.name)
    except ABOUT_A_RECORDING as error:
        return Unusable(recordings[0].name, error)
    return Enrolled(tuple(recordings), answer)
