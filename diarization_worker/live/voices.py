"""The voices of a session: what is known of each speaker, as plain immutable values."""

from dataclasses import dataclass, replace

KEEP_VERDICTS = 256
"""Utterances whose speaker is remembered: more than can be in flight or tried again at once."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One speaker of a session."""

    speaker_id: int
    name: str | None
    enrolled: bool
    """Registered by its speaker, in contrast to discovered in the conversation."""
    centroid: tuple[float, ...]
    """Unit vector: the mean direction of the speaker's embeddings."""
    seconds: float
    """Speech behind the centroid."""

    @property
    def label(self) -> str:
        """What a client shows: the name, or `SPEAKER_00`."""
        return self.name or f"SPEAKER_{self.speaker_id:02d}"


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of an utterance and its speaker; null where none could be told."""

    start: float
    """Seconds on the session's clock."""
    end: float
    speaker_id: int | None
    speaker: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who spoke when in an utterance."""

    utterance_id: int
    turns: tuple[Turn, ...]
    """In order, without gaps; at least one."""


@dataclass(frozen=True, slots=True)
class Voices:
    """All voices of a session, and the verdicts on its latest utterances."""

    known: tuple[Voice, ...] = ()
    """In order of speaker_id."""
    verdicts: tuple[Verdict, ...] = ()
    """In order of utterance_id; the last KEEP_VERDICTS."""

    def verdict_on(self, utterance_id: int) -> Verdict | None:
        """What was said of an utterance before, if it is remembered."""
        return next((v for v in self.verdicts if v.utterance_id == utterance_id), None)

    def speaker_before(self, utterance_id: int) -> int | None:
        """Who spoke last before an utterance, as far as that was told."""
        for verdict in reversed(self.verdicts):
            if verdict.utterance_id < utterance_id:
                for turn in reversed(verdict.turns):
                    if turn.speaker_id is not None:
                        return turn.speaker_id
        return None

    def with_voice(self, voice: Voice) -> "Voices":
        """The same with one voice added, or replaced where its speaker_id is known."""
        others = [v for v in self.known if v.speaker_id != voice.speaker_id]
        ordered = sorted([*others, voice], key=lambda v: v.speaker_id)
        return replace(self, known=tuple(ordered))

    def with_verdict(self, verdict: Verdict) -> "Voices":
        """The same with one utterance's verdict remembered."""
        ordered = sorted([*self.verdicts, verdict], key=lambda v: v.utterance_id)
        return replace(self, verdicts=tuple(ordered[-KEEP_VERDICTS:]))

    def free_speaker_id(self) -> int:
        """The smallest id that no voice has."""
        taken = {voice.speaker_id for voice in self.known}
        return next(i for i in range(len(taken) + 1) if i not in taken)
