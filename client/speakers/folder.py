"""A folder of recordings read as speakers: a folder each, or a file each."""

import hashlib
import mimetypes
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from client.errors import SourceError
from contract.speakers import RESERVED_IDS, SPEAKER_ID_PATTERN

_NO_AUDIO: Final = {"text", "image", "font"}
_NO_AUDIO_TYPES: Final = {"application/json", "application/pdf", "application/zip"}
_LONGEST_STEM: Final = 48


@dataclass(frozen=True, slots=True)
class FolderSpeaker:
    """A speaker with recordings of the voice."""

    speaker_id: str
    name: str
    """That of the folder or file, without its suffix."""
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a folder holds."""

    speakers: tuple[FolderSpeaker, ...]
    left_out: tuple[Path, ...]
    """Files whose names say that they are no recordings."""


def find_speakers(folder: Path) -> Found:
    """The speakers of a folder by name, each with all recordings below its own folder.

    Hidden files are passed over. Raises SourceError where there is nothing to register, and where
    two names come down to one id.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder")
    left_out: list[Path] = []
    speakers: dict[str, FolderSpeaker] = {}
    for entry in sorted(folder.iterdir()):
        files = _recordings(entry, left_out)
        if not files:
            continue
        name = unicodedata.normalize("NFC", entry.name if entry.is_dir() else entry.stem)
        wanted = speaker_id(name)
        if wanted in speakers:
            other = speakers[wanted].name
            raise SourceError(f"{folder}: {other!r} and {name!r} are both {wanted}: rename one")
        speakers[wanted] = FolderSpeaker(wanted, name[:100], files)
    if not speakers:
        raise SourceError(f"{folder}: no recordings in it")
    return Found(tuple(speakers.values()), tuple(left_out))


def speaker_id(name: str) -> str:
    """The registry id that stands for a name, always the same one.

    Accents go and spaces become dashes. Where that leaves out letters, as of 김철수, a few digits
    of the name's hash tell it from others.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    slug = re.sub(r"[^A-Za-z0-9._]+", "-", plain).strip("-._")
    if plain.isascii() and re.match(SPEAKER_ID_PATTERN, slug) and slug not in RESERVED_IDS:
        return slug
    digits = hashlib.sha256(unicodedata.normalize("NFC", name).encode()).hexdigest()[:8]
    return f"{slug[:_LONGEST_STEM] or 'speaker'}-{digits}"


def _recordings(entry: Path, left_out: list[Path]) -> tuple[Path, ...]:
    candidates = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
    below = entry.parent
    files = []
    for path in candidates:
        hidden = any(part.startswith(".") for part in path.relative_to(below).parts)
        if hidden or not path.is_file():
            continue
        if _may_be_audio(path):
            files.append(path)
        else:
            left_out.append(path)
    return tuple(files)


def _may_be_audio(path: Path) -> bool:
    kind = mimetypes.guess_type(path.name)[0]
    if kind is None:
        return True
    return kind.partition("/")[0] not in _NO_AUDIO and kind not in _NO_AUDIO_TYPES
