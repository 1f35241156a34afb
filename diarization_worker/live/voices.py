"""What a session knows of its voices and has told of its utterances, as plain immutable values."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from contract.work import Correction
from diarization_worker.encoders.encoder import Embedding

KEEP_VERDICTS: Final = 256
"""Utterances whose verdict is remembered: more than can be in flight or tried again at once."""

KEEP_SAMPLES: Final = 24
"""Utterances whose samples are remembered, and which can be corrected: a minute or two of talk."""

MEMORY_S: Final = 60.0
"""A fading voice weighs as much as this much speech at most, so that it follows a changing one."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker that stays, whatever is heard: enrolled, or discovered some time ago."""

    speaker_id: int
    name: str | None
    packed: str
    """The embedding (`pack`)."""
    seconds: float
    """Speech behind it."""

    @property
    def embedding(self) -> Embedding:
        """Unit vector."""
        return unpack(self.packed)

    @property
    def label(self) -> str:
        """What a client shows: the name, or `SPEAKER_00`."""
        return self.name or default_label(self.speaker_id)


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of an utterance and whose it was told to be; null where none could be told."""

    start: float
    """Seconds on the session's clock."""
    end: float
    speaker_id: int | None
    speaker: str | None
    sample: int = 0
    """Index among the utterance's samples."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One voice of one utterance."""

    utterance_id: int
    index: int
    """Among the voices of its utterance."""
    packed: str
    """The embedding (`pack`)."""
    seconds: float
    """Speech behind it."""
    start: float
    """When it is first heard, seconds on the session's clock."""
    end: float
    speaker_id: int | None
    """Whose it is, as far as the client was told."""
    segment_ids: tuple[str, ...] = ()
    """The segments that are this voice's."""
    corrections: int = 0
    """How often that was told anew."""

    @property
    def embedding(self) -> Embedding:
        """Unit vector."""
        return unpack(self.packed)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was told with an utterance. It stays as it is, for when the utterance is tried again."""

    utterance_id: int
    turns: tuple[Turn, ...]
    """In order of their starts; at least one."""
    corrections: tuple[Correction, ...] = ()
    """Of utterances before."""
    samples: tuple[Sample, ...] = ()
    """In the order in which they are first heard; none once they are forgotten."""


@dataclass(frozen=True, slots=True)
class Voices:
    """All that a session remembers."""

    encoder: str = ""
    """`VoiceModels.encoder_id` of all embeddings; empty before there are any."""
    enrolled: tuple[Voice, ...] = ()
    """In order of speaker_id."""
    faded: tuple[Voice, ...] = ()
    """What utterances whose samples are forgotten have taught about discovered voices, in order of
    speaker_id. Discovered voices that are not among them are all in the remembered samples."""
    verdicts: tuple[Verdict, ...] = ()
    """In order of utterance_id; the last KEEP_VERDICTS, the last KEEP_SAMPLES with samples."""

    @property
    def lasting(self) -> tuple[Voice, ...]:
        """The voices that are there whatever the remembered samples say."""
        return self.enrolled + self.faded

    def of_encoder(self, encoder: str) -> "Voices | None":
        """The same for a worker with this encoder; None where another encoder's voices are here."""
        if self.encoder in {"", encoder}:
            return replace(self, encoder=encoder)
        return None

    def verdict_on(self, utterance_id: int) -> Verdict | None:
        """What was told of an utterance before, if it is remembered."""
        return next((v for v in self.verdicts if v.utterance_id == utterance_id), None)

    def samples(self) -> Iterator[Sample]:
        """The remembered samples, in order."""
        for verdict in self.verdicts:
            yield from verdict.samples

    def label(self, speaker_id: int | None) -> str | None:
        """What a client shows for a speaker."""
        if speaker_id is None:
            return None
        names = (voice.label for voice in self.enrolled if voice.speaker_id == speaker_id)
        return next(names, default_label(speaker_id))

    def free_ids(self) -> Iterator[int]:
        """The ids that nobody has been told under, the smallest first."""
        taken = {voice.speaker_id for voice in self.lasting}
        taken |= {s.speaker_id for s in self.samples() if s.speaker_id is not None}
        return (i for i in range(len(taken) + 1000) if i not in taken)

    def with_enrolled(self, voice: Voice, encoder: str) -> "Voices":
        """The same with a speaker registered, for the first time or anew.

        A discovered voice that has the speaker's id gets another one from now on. All that is
        remembered is dropped where another encoder made it: it can't be compared.
        """
        if self.encoder != encoder:
            return Voices(encoder=encoder, enrolled=(voice,), verdicts=_without_samples(self))
        enrolled = [v for v in self.enrolled if v.speaker_id != voice.speaker_id]
        faded = [v for v in self.faded if v.speaker_id != voice.speaker_id]
        if len(faded) < len(self.faded):
            other = next(v for v in self.faded if v.speaker_id == voice.speaker_id)
            new_id = next(i for i in self.free_ids() if i != voice.speaker_id)
            faded.append(replace(other, speaker_id=new_id))
        return replace(self, enrolled=_ordered([*enrolled, voice]), faded=_ordered(faded))

    def with_samples(self, changed: Sequence[Sample]) -> "Voices":
        """The same with remembered samples changed."""
        new = {(sample.utterance_id, sample.index): sample for sample in changed}
        return replace(
            self,
            verdicts=tuple(
                replace(
                    verdict,
                    samples=tuple(new.get((s.utterance_id, s.index), s) for s in verdict.samples),
                )
                for verdict in self.verdicts
            ),
        )

    def with_verdict(self, verdict: Verdict) -> "Voices":
        """The same with one utterance remembered, and the oldest forgotten."""
        others = [v for v in self.verdicts if v.utterance_id != verdict.utterance_id]
        ordered = sorted([*others, verdict], key=lambda v: v.utterance_id)[-KEEP_VERDICTS:]
        sampled = [v for v in ordered if v.samples]
        fading = {v.utterance_id for v in sampled[:-KEEP_SAMPLES]}
        after = replace(
            self,
            verdicts=tuple(
                replace(v, samples=()) if v.utterance_id in fading else v for v in ordered
            ),
        )
        for old in sampled[:-KEEP_SAMPLES]:
            for sample in old.samples:
                after = after._fade(sample)
        return after

    def _fade(self, sample: Sample) -> "Voices":
        if sample.speaker_id is None or any(
            v.speaker_id == sample.speaker_id for v in self.enrolled
        ):
            return self
        known = next((v for v in self.faded if v.speaker_id == sample.speaker_id), None)
        others = [v for v in self.faded if v is not known]
        if known is None:
            voice = Voice(sample.speaker_id, None, sample.packed, sample.seconds)
        else:
            weight = min(known.seconds, MEMORY_S)
            sum_ = known.embedding * weight + unpack(sample.packed) * sample.seconds
            voice = replace(
                known,
                packed=pack(sum_ / np.linalg.norm(sum_)),
                seconds=weight + sample.seconds,
            )
        return replace(self, faded=_ordered([*others, voice]))


def pack(embedding: Embedding) -> str:
    """An embedding as text: half-precision floats in base64, 2.7 characters a dimension.

    Against a list of decimals that is a sixth of the size, and the cosine of two differs by less
    than 0.001.
    """
    return base64.b64encode(embedding.astype("<f2").tobytes()).decode()


def unpack(packed: str) -> Embedding:
    """An embedding as it was before `pack`, but for rounding."""
    return np.frombuffer(base64.b64decode(packed), "<f2").astype(np.float32)


def default_label(speaker_id: int) -> str:
    """What a speaker without a name is called."""
    return f"SPEAKER_{speaker_id:02d}"


def _ordered(voices: list[Voice]) -> tuple[Voice, ...]:
    return tuple(sorted(voices, key=lambda v: v.speaker_id))


def _without_samples(voices: Voices) -> tuple[Verdict, ...]:
    return tuple(replace(verdict, samples=()) for verdict in voices.verdicts)
