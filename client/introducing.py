"""Introduces speakers to a session before it listens: voices of the registry, and recordings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from client.errors import RefusedError
from client.feed import Feed, cut
from client.session import Session
from contract.events import SpeakerRegistrationFailed


@dataclass(frozen=True, slots=True)
class Recording:
    """A voice to enrol, and what it is called."""

    name: str
    blocks: Iterator[bytes]
    """Audio in the format of contract.audio, in blocks of any size."""


@dataclass(frozen=True, slots=True)
class Voices:
    """Who is introduced, in the order of their speaker ids 0, 1, …"""

    speakers: Sequence[str] = ()
    """Ids in the registry."""
    recordings: Sequence[Recording] = ()


async def introduce(session: Session, voices: Voices) -> None:
    """Make the voices known to the session.

    Read the session's events meanwhile. Raises RefusedError for the first that can't be had, and
    SourceError for a recording that can't be read.
    """
    if voices.speakers:
        await session.use_speakers(voices.speakers)
    for speaker_id, recording in enumerate(voices.recordings, start=len(voices.speakers)):
        feed = Feed(cut(recording.blocks))
        try:
            outcome = await session.enrol(speaker_id, feed, recording.name)
        finally:
            feed.stop()
        if isinstance(outcome, SpeakerRegistrationFailed):
            raise RefusedError(
                f"{recording.name} was not enrolled: {outcome.message} [{outcome.code}]"
            )
