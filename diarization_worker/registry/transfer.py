"""Voice prints as they are shown, exported and imported. Pure."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from contract.errors import InvalidMessageError
from contract.speakers import RESERVED_IDS, Candidate, Sample, StoredPrint, VoicePrint
from diarization_worker.encoders.encoder import Embedding
from diarization_worker.registry.index import Match
from diarization_worker.registry.prints import Print, Recording

MAX_AUDIO_BYTES: Final = 1_000_000
"""Of one kept sample: three times what KEEP_S of the loudest noise takes as FLAC."""

_FLAC: Final = b"fLaC"


def shown(voice_print: Print, *, embedding: bool = False) -> VoicePrint:
    """A print as anybody may see it."""
    return VoicePrint(
        speaker_id=voice_print.speaker_id,
        name=voice_print.name,
        samples=len(voice_print.recordings),
        speech_seconds=round(voice_print.seconds, 3),
        encoder=voice_print.encoder,
        created=voice_print.created,
        updated=voice_print.updated,
        embedding=_numbers(voice_print.centroid) if embedding else None,
    )


def candidate(match: Match) -> Candidate:
    """A print that was found."""
    found = match.voice_print
    return Candidate(speaker_id=found.speaker_id, name=found.name, score=match.score)


def exported(voice_print: Print) -> StoredPrint:
    """A print with all that makes it."""
    return StoredPrint(
        speaker_id=voice_print.speaker_id,
        name=voice_print.name,
        encoder=voice_print.encoder,
        created=voice_print.created,
        updated=voice_print.updated,
        samples=[
            Sample(
                embedding=_numbers(recording.embedding),
                speech_seconds=round(recording.seconds, 3),
                audio_base64=base64.b64encode(recording.audio).decode()
                if recording.audio
                else None,
            )
            for recording in voice_print.recordings
        ],
    )


def imported(stored: StoredPrint) -> Print:
    """The print that was exported; raises InvalidMessageError, which never shows an embedding."""
    check_id(stored.speaker_id)
    for moment in (stored.created, stored.updated):
        _check_moment(stored.speaker_id, moment)
    if not stored.encoder:
        raise InvalidMessageError(f"{stored.speaker_id}: encoder is empty")
    if len({len(sample.embedding) for sample in stored.samples}) > 1:
        raise InvalidMessageError(f"{stored.speaker_id}: embeddings differ in length")
    return Print(
        speaker_id=stored.speaker_id,
        name=stored.name,
        encoder=stored.encoder,
        created=stored.created,
        updated=stored.updated,
        recordings=tuple(_recording(stored.speaker_id, sample) for sample in stored.samples),
    )


def check_id(speaker_id: str) -> None:
    """Raise InvalidMessageError where an id means something else in an address."""
    if speaker_id in RESERVED_IDS:
        raise InvalidMessageError(f"speaker_id: {speaker_id} is reserved")


def _recording(speaker_id: str, sample: Sample) -> Recording:
    vector = np.clip(sample.embedding, -2, 2)  # else the square of a huge number overflows
    length = np.linalg.norm(vector)
    if not 0.99 <= length <= 1.01:
        raise InvalidMessageError(f"{speaker_id}: an embedding is no unit vector")
    if not 0 < sample.speech_seconds <= 86_400:
        raise InvalidMessageError(f"{speaker_id}: speech_seconds is out of bounds")
    audio = None
    if sample.audio_base64 is not None:
        try:
            audio = base64.b64decode(sample.audio_base64, validate=True)
        except binascii.Error:
            audio = b""
        if not audio.startswith(_FLAC) or len(audio) > MAX_AUDIO_BYTES:
            raise InvalidMessageError(
                f"{speaker_id}: audio_base64 is no FLAC of {MAX_AUDIO_BYTES} bytes at most"
            )
    if abs(length - 1) > 1e-4:  # else it stays what it was, to the last bit
        vector = vector / length
    return Recording(vector.astype(np.float32), sample.speech_seconds, audio)


def _check_moment(speaker_id: str, moment: str) -> None:
    try:
        offset = datetime.fromisoformat(moment).utcoffset()
    except ValueError:
        offset = None
    if offset != timedelta(0):
        raise InvalidMessageError(f"{speaker_id}: {moment!r:.40} is no ISO 8601 UTC time")


def now() -> str:
    """The time, ISO 8601 UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _numbers(vector: Embedding) -> list[float]:
    """The shortest decimals that give the same floats again: half as long as the exact ones."""
    return [float(str(value)) for value in vector]
