"""A voice print: the recordings of one voice, and what they come to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from contract.errors import EncoderChangedError, VoiceMismatchError
from contract.speakers import MAX_SAMPLES
from diarization_worker.calibration.calibration import Calibration
from diarization_worker.encoders.encoder import Embedding

MISMATCH = 0.5
"""A recording that scores lower against a print is of somebody else: 3 : 1, as scores go. Of 45
clips of 1 to 3 s by five LibriSpeech readers none scored below 0.79 against its reader's print (by
telephone 0.61), and of 3 s by another reader 99% are below 0.5 (by telephone 94%)."""

AMPLE_S = 10.0
"""More speech than this makes a voice print no better, seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What is kept of one recording of a voice."""

    embedding: Embedding = field(repr=False)
    seconds: float
    """Of speech."""
    audio: bytes | None = field(default=None, repr=False)
    """FLAC of the speech; where samples are kept, and where it was read."""


@dataclass(frozen=True, slots=True, eq=False)
class Print:
    """A registered voice."""

    speaker_id: str
    name: str | None
    encoder: str
    """`VoiceModels.encoder_id` of all its embeddings."""
    created: str
    """ISO 8601 UTC."""
    updated: str
    """ISO 8601 UTC."""
    recordings: tuple[Recording, ...]
    """In the order in which they came; at least one, MAX_SAMPLES at most."""

    @property
    def seconds(self) -> float:
        """Speech behind it."""
        return sum(recording.seconds for recording in self.recordings)

    @property
    def centroid(self) -> Embedding:
        """The voice: a unit vector, to which each recording adds as much as it has speech."""
        return _centroid(self.recordings)

    def without_audio(self) -> "Print":
        """The same as it is kept in memory for searching."""
        recordings = tuple(replace(recording, audio=None) for recording in self.recordings)
        return replace(self, recordings=recordings)


def enrol(
    before: Print | None,
    speaker_id: str,
    name: str | None,
    recordings: Sequence[Recording],
    encoder: str,
    calibration: Calibration,
    now: str,
) -> Print:
    """A print with recordings added, made anew where there is none.

    Raises EncoderChangedError, and VoiceMismatchError where one is clearly of another voice than
    those before it: a wrong recording would make a print that is nobody's.
    """
    if before is not None and before.encoder != encoder:
        raise EncoderChangedError(
            f"the voice print of {speaker_id} was made by {before.encoder}, and {encoder} is at"
            " work: delete it and register anew, or re-embed kept samples"
        )
    together = before.recordings if before else ()
    for recording in recordings:
        if together and _likeness(recording, together, calibration) < MISMATCH:
            raise VoiceMismatchError(
                f"the recording is of another voice than those before it of {speaker_id}: to"
                " replace these, delete the voice print first"
                if before
                else "the recordings are of different voices"
            )
        together = (*together, recording)
    return Print(
        speaker_id=speaker_id,
        name=name or (before.name if before else None),
        encoder=encoder,
        created=before.created if before else now,
        updated=now,
        recordings=together[-MAX_SAMPLES:],
    )


def quality(voice_print: Print, calibration: Calibration) -> float:
    """0 to 1: how alike the recordings are to each other, and how much was heard."""
    recordings = voice_print.recordings
    alike = 1.0
    if len(recordings) > 1:
        scores = [
            _likeness(one, [r for r in recordings if r is not one], calibration)
            for one in recordings
        ]
        alike = float(np.average(scores, weights=[r.seconds for r in recordings]))
    amount = 0.5 + 0.5 * min(voice_print.seconds / AMPLE_S, 1.0)
    return round(alike * amount, 3)


def _likeness(one: Recording, others: Sequence[Recording], calibration: Calibration) -> float:
    seconds = sum(other.seconds for other in others)
    return calibration.similarity(one.embedding, one.seconds, _centroid(others), seconds)


def _centroid(recordings: Sequence[Recording]) -> Embedding:
    total = np.sum([r.embedding * np.float32(r.seconds) for r in recordings], axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), np.float32)
