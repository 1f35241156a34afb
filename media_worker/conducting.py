"""The way of a recording, from its source to its result."""

import logging
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import redis
from celery import Celery

from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples_to_seconds
from contract.heartbeats import living
from contract.jobs import (
    Piece,
    PieceHeard,
    PieceOrder,
    Plan,
    TextsFelt,
    TextsOrder,
    TurnsHeard,
    TurnsOrder,
)
from contract.names import Queue, TaskName, piece_audio_key, workers_key
from contract.work import Stage
from media_store import AUDIO, RESULT, SOURCE, MediaStore
from media_store.store import storage_error
from media_worker.acoustics import Frames, analyse
from media_worker.assembly import Heard, assemble, assemble_text
from media_worker.cutting import find_pieces
from media_worker.fetching import Fetcher
from media_worker.job import Job
from media_worker.ordering import Moved, Order, Ordering
from media_worker.speakers import Passage
from worker_runtime.decoding import decode_to_file

log = logging.getLogger(__name__)

TURNS: Final = "turns"

TEXTS: Final = 32
"""Segments whose sentiment is asked for at once."""

WHISPER_PIECE_S: Final = 28.0
"""Whisper takes as long for a second as for 30: the longer a piece, the better."""

PLAIN_PIECE_S: Final = 10.0
"""Others take time for each second: short pieces keep live speech from waiting for them."""

_WHISPERS: Final = frozenset({"whisper", "faster-whisper"})

# Percent of the whole at which each step ends.
_FETCHED, _DECODED, _CUT, _HEARD, _MEASURED, _FELT = 3, 6, 8, 85, 96, 99

_DIARIZATION_WEIGHT: Final = 0.3
"""What diarizing a second counts for, in seconds of transcription."""


@dataclass(frozen=True, slots=True)
class Conductor:
    """Takes a job from wherever it stands to its end. Safe to use from many threads."""

    client: redis.Redis
    celery: Celery
    store: MediaStore
    scratch: MediaStore
    """On this machine; the store itself where that is."""
    fetcher: Fetcher
    longest_s: float
    piece_s: float
    """0 = what suits the engine."""

    def conduct(self, job: Job) -> str:
        """The result as JSON; raises SoriError, a job's own where it is no longer to be done."""
        audio = self._audio(job)
        plan = job.plan or self._cut(job, audio)
        turns, heard = self._listen(job, plan, audio)
        passages = heard.passages(turns)
        job.check()
        if job.request.text_only:
            return assemble_text(heard, passages, plan.samples).model_dump_json()
        frames = self._measure(job, audio)
        felt = self._feel(job, heard, passages)
        return assemble(
            heard,
            passages,
            turns,
            frames,
            [sentiment for answer in felt for sentiment in answer.sentiments],
            samples=plan.samples,
            seconds=time.time() - job.created,
            sentiment_engines=", ".join(sorted({answer.engine for answer in felt})),
        ).model_dump_json()

    def clear(self, job: Job) -> None:
        """Remove every file of a job but its result."""
        source = job.request.source
        for store in {id(each): each for each in (self.store, self.scratch)}.values():
            store.remove(job.job_id, keep=RESULT)
            if source.kind == "upload":
                store.remove(source.key)

    def _audio(self, job: Job) -> Path:
        """The decoded audio on this machine; made now unless an owner before this one did."""
        path = self._local(job.job_id, AUDIO)
        if job.plan is not None and self.store.exists(job.job_id, AUDIO):
            log.info("going on with a recording that is decoded and cut already")
            if not path.exists():
                self.store.get(job.job_id, AUDIO, path)
            return path
        job.plan = None
        job.move(0, ("녹음을 가져오는 중", "fetching the recording"))
        fetched = self._local(job.job_id, SOURCE)
        source = self.fetcher.fetch(job.request.source, fetched, job.check)
        job.move(_FETCHED, ("녹음을 변환하는 중", "decoding the recording"))
        try:
            with path.open("wb") as target:
                decode_to_file(source, target, longest_s=self.longest_s, check=job.check)
        except OSError as error:
            raise storage_error(error, "the decoded recording can't be kept") from error
        fetched.unlink(missing_ok=True)
        if not job.request.text_only:
            self.store.put(path, job.job_id, AUDIO)
        return path

    def _cut(self, job: Job, audio: Path) -> Plan:
        job.move(_DECODED, ("말소리를 찾는 중", "looking for speech"))
        with audio.open("rb") as pcm:
            pieces = find_pieces(pcm, self._piece_s(), job.check)
        plan = Plan(samples=audio.stat().st_size // BYTES_PER_SAMPLE, pieces=pieces)
        job.remember(plan)
        return plan

    def _listen(self, job: Job, plan: Plan, audio: Path) -> tuple[TurnsHeard | None, Heard]:
        """Who spoke when, and what was said: side by side."""
        orders = [] if job.request.text_only else [self._turns_order(job, plan)]
        orders += [
            self._piece_order(job, number, piece, audio) for number, piece in enumerate(plan.pieces)
        ]

        def moved(share: float, done: int, of: int) -> None:
            counted = f"{done}/{of}"
            told = (f"듣는 중 ({counted})", f"listening ({counted})")
            job.move(_CUT + share * (_HEARD - _CUT), told)

        answers = self._ordering(job, moved).fulfil(orders) if plan.pieces else {}
        turns = answers.get(TURNS)
        pieces = [answers[_piece_name(number)] for number in range(len(plan.pieces))]
        return (
            turns if isinstance(turns, TurnsHeard) else None,
            Heard([piece for piece in pieces if isinstance(piece, PieceHeard)]),
        )

    def _measure(self, job: Job, audio: Path) -> Frames:
        size = audio.stat().st_size
        with audio.open("rb") as pcm:

            def check() -> None:
                job.check()
                measured = _HEARD + pcm.tell() / size * (_MEASURED - _HEARD)
                job.move(measured, ("음향 특징 계산 중", "measuring how it sounds"))

            return analyse(pcm, check)

    def _feel(self, job: Job, heard: Heard, passages: list[Passage]) -> list[TextsFelt]:
        texts = [heard.text(passage) for passage in passages]
        orders = [
            Order(
                TextsOrder(
                    job_id=job.job_id,
                    part=f"texts:{first}",
                    texts=texts[first : first + TEXTS],
                    language=heard.language,
                ),
                TaskName.FEEL,
                Queue.ANALYZER_BATCH,
                weight=1.0,
            )
            for first in range(0, len(texts), TEXTS)
        ]

        def moved(share: float, _done: int, _of: int) -> None:
            told = ("감정 분석 중", "telling how it felt")
            job.move(_MEASURED + share * (_FELT - _MEASURED), told)

        answers = self._ordering(job, moved).fulfil(orders)
        felt = [answers[order.part.part] for order in orders]
        return [answer for answer in felt if isinstance(answer, TextsFelt)]

    def _ordering(self, job: Job, moved: Moved) -> Ordering:
        return Ordering(self.client, self.celery, job.job_id, job.check, moved)

    def _turns_order(self, job: Job, plan: Plan) -> Order:
        part = TurnsOrder(
            job_id=job.job_id,
            part=TURNS,
            folder=job.job_id,
            num_speakers=job.request.num_speakers,
        )
        weight = samples_to_seconds(plan.samples) * _DIARIZATION_WEIGHT
        return Order(part, TaskName.DIARIZE, Queue.DIARIZATION_BATCH, weight=weight)

    def _piece_order(self, job: Job, number: int, piece: Piece, audio: Path) -> Order:
        name = _piece_name(number)
        key = piece_audio_key(job.job_id, name)
        part = PieceOrder(
            job_id=job.job_id,
            part=name,
            audio_key=key,
            start=samples_to_seconds(piece.start),
            end=samples_to_seconds(piece.end),
            language=job.request.language,
            prompt=job.request.prompt,
        )
        return Order(
            part,
            TaskName.TRANSCRIBE_PIECE,
            Queue.STT_BATCH,
            audio=partial(_read, audio, piece),
            audio_key=key,
            weight=(piece.end - piece.start) / SAMPLE_RATE,
        )

    def _piece_s(self) -> float:
        if self.piece_s:
            return self.piece_s
        beats: dict[bytes, bytes] = self.client.hgetall(workers_key(Stage.STT.value))  # type: ignore[assignment]
        engines = {beat.engine.name for beat in living(beats) if beat.engine}
        return WHISPER_PIECE_S if engines & _WHISPERS else PLAIN_PIECE_S

    def _local(self, folder: str, name: str) -> Path:
        self.scratch.prepare(folder)
        path = self.scratch.local_path(folder, name)
        if path is None:
            raise ValueError("the scratch folder must be on this machine")
        return path


def _piece_name(number: int) -> str:
    return f"piece:{number}"


def _read(audio: Path, piece: Piece) -> bytes:
    with audio.open("rb") as pcm:
        pcm.seek(piece.start * BYTES_PER_SAMPLE)
        return pcm.read((piece.end - piece.start) * BYTES_PER_SAMPLE)
