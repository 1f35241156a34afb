"""Answers every question about the registry of voice prints."""

import secrets
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

import numpy as np

from contract.audio import SAMPLE_RATE
from contract.errors import (
    EncoderChangedError,
    InvalidMessageError,
    SoriError,
    SpeakerUnknownError,
)
from contract.speakers import (
    Answer,
    Delete,
    Deleted,
    DrawMap,
    Export,
    Exported,
    Identified,
    Identify,
    Import,
    Imported,
    ListPrints,
    Map,
    Prints,
    Question,
    Reembed,
    Register,
    Registered,
    Show,
    StoredPrint,
)
from diarization_worker.models import VoiceModels
from diarization_worker.registry import prints
from diarization_worker.registry.drawing import draw
from diarization_worker.registry.index import Index, Snapshot
from diarization_worker.registry.listening import (
    check_founding,
    listen,
    voice_to_enrol,
    voice_to_identify,
)
from diarization_worker.registry.prints import Print, Recording
from diarization_worker.registry.reembedding import reembed
from diarization_worker.registry.store import PrintStore
from diarization_worker.registry.transfer import (
    candidate,
    check_id,
    exported,
    imported,
    now,
    shown,
)

ANONYMOUS: Final = "anon-"
"""Begins the id of whoever registers without one; 128 random bits follow, which nobody guesses."""

EXPORT_BYTES: Final = 8_000_000
"""Of kept audio on one page of an export; a page holds one print at least."""

FetchUpload = Callable[[str], bytes]


class Registry:
    """The registry as one worker serves it. Safe to ask from many threads."""

    def __init__(
        self, models: VoiceModels, store: PrintStore, *, keep_samples: bool = False
    ) -> None:
        """`keep_samples`: keep some speech of each recording, to embed it anew one day."""
        self._models = models
        self._store = store
        self._keep_samples = keep_samples
        self._index = Index(store, models.encoder_id, models.calibration)

    def answer(self, question: Question, fetch_upload: FetchUpload) -> Answer:
        """The answer; `fetch_upload` gives the recording under a key of the question.

        Raises SoriError, of the class that says why not, and whatever fetch_upload raises.
        """
        match question:
            case Register():
                return self._register(question, fetch_upload)
            case Identify():
                return self._identify(question, fetch_upload)
            case ListPrints():
                return self._list(question)
            case Show():
                found = [shown(self.known(question.speaker_id), embedding=question.embedding)]
                return Prints(prints=found, total=1)
            case Delete():
                if not self._store.delete(question.speaker_id):
                    raise _unknown(question.speaker_id)
                return Deleted(speaker_id=question.speaker_id)
            case Export():
                return self._export(question)
            case Import():
                return self._import(question)
            case Reembed():
                return reembed(
                    self._index.current(), self._store, self._models, question.limit, now()
                )
            case DrawMap():
                return Map(svg=draw(self._index.current().comparable))

    def known(self, speaker_id: str) -> Print:
        """One print, without audio; raises SpeakerUnknownError."""
        found = self._index.current().prints.get(speaker_id)
        if found is None:
            raise _unknown(speaker_id)
        return found

    def _register(self, question: Register, fetch_upload: FetchUpload) -> Registered:
        speaker_id = question.speaker_id or ANONYMOUS + secrets.token_hex(16)
        check_id(speaker_id)
        recordings = self._recordings([fetch_upload(key) for key in question.uploads])

        def add(before: Print | None) -> Print:
            if before is None:
                check_founding(recordings)
            return prints.enrol(
                before,
                speaker_id,
                question.name,
                recordings,
                self._models.encoder_id,
                self._models.calibration,
                now(),
            )

        made = self._store.update(speaker_id, add)
        quality = prints.quality(made, self._models.calibration)
        return Registered(voice_print=shown(made), quality=quality)

    def _recordings(self, uploads: Sequence[bytes]) -> list[Recording]:
        recordings = []
        for number, upload in enumerate(uploads, start=1):
            try:
                heard = listen(upload, self._models)
                recordings.append(voice_to_enrol(heard, self._models, keep=self._keep_samples))
            except SoriError as error:
                if len(uploads) == 1:
                    raise
                raise type(error)(f"recording {number}: {error}") from error
        return recordings

    def _identify(self, question: Identify, fetch_upload: FetchUpload) -> Identified:
        voice = voice_to_identify(listen(fetch_upload(question.upload), self._models))
        snapshot = self._index.current()
        outdated = len(snapshot.prints) - len(snapshot.searchable)
        if outdated and not snapshot.searchable:
            raise EncoderChangedError(
                f"every voice print was made by another encoder than {self._models.encoder_id}:"
                " register anew, or re-embed kept samples"
            )
        matches = snapshot.search(
            voice.embedding, voice.seconds, question.top_k, self._models.calibration
        )
        best = matches[0] if matches else None
        known = best is not None and best.score >= question.threshold
        return Identified(
            speaker_id=best.voice_print.speaker_id if best and known else None,
            known=known,
            score=best.score if best else 0.0,
            candidates=[candidate(match) for match in matches],
            outdated=outdated,
        )

    def _list(self, question: ListPrints) -> Prints:
        snapshot = self._index.current()
        page = _page(snapshot, question.offset, question.limit)
        found = [shown(snapshot.prints[i], embedding=question.embedding) for i in page]
        return Prints(prints=found, total=len(snapshot.prints))

    def _export(self, question: Export) -> Exported:
        snapshot = self._index.current()
        page: list[StoredPrint] = []
        size = 0
        for speaker_id in _page(snapshot, question.offset, question.limit):
            # One that was deleted just now is given as it was, so that nobody's place moves.
            stored = self._store.read(speaker_id) or snapshot.prints[speaker_id]
            size += sum(len(recording.audio or b"") for recording in stored.recordings)
            if page and size > EXPORT_BYTES:
                break
            page.append(exported(stored))
        return Exported(prints=page, total=len(snapshot.prints))

    def _import(self, question: Import) -> Imported:
        """All or none. Audio is taken over only where samples are kept."""
        taken = [imported(stored) for stored in question.prints]
        for voice_print in taken:
            if voice_print.encoder == self._models.encoder_id:
                dimension = len(voice_print.recordings[0].embedding)
                if dimension != self._dimension:
                    raise InvalidMessageError(
                        f"{voice_print.speaker_id}: an embedding has {dimension} dimensions, and"
                        f" those of {voice_print.encoder} have {self._dimension}"
                    )
        if not self._keep_samples:
            taken = [voice_print.without_audio() for voice_print in taken]
        self._store.write(taken)
        return Imported(count=len(taken))

    @cached_property
    def _dimension(self) -> int:
        """Of the encoder's embeddings."""
        noise = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
        return len(self._models.embed([noise])[0])


def _page(snapshot: Snapshot, offset: int, limit: int) -> list[str]:
    return sorted(snapshot.prints)[offset : offset + limit]


def _unknown(speaker_id: str) -> SpeakerUnknownError:
    return SpeakerUnknownError(f"no voice print is registered as {speaker_id}")
