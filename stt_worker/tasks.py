"""The stage's tasks: an utterance's transcript, an impression of one in progress, a piece's."""

import logging
import threading
import time
from typing import Any

import numpy as np
from celery import Celery

from contract.errors import EngineError
from contract.jobs import PieceHeard, PieceOrder
from contract.names import TaskName
from contract.values import EngineInfo, Word
from contract.work import Hypothesis, InterimJob, SpeechJob, Stage, Transcript
from stt_worker.engine import Audio, Heard, Item
from stt_worker.languages import joiner
from worker_runtime.batcher import LAST, URGENT, WHENEVER, Batcher
from worker_runtime.desk import Desk
from worker_runtime.main import THREADS

log = logging.getLogger(__name__)

Ears = Batcher[Item, Heard]

MAX_INTERIM = THREADS // 3
"""Interim tasks in hand at once; more are dropped, so that threads stay free for utterances."""


MAX_PIECES = THREADS // 3
"""Pieces of recordings in hand at once; more are handed back, so that threads stay free for live
speech."""


def register(app: Celery, desk: Desk, ears: Ears, engine: EngineInfo) -> None:
    """Add the stage's tasks to the app; `engine` is what its answers are signed with."""
    interim_slots = threading.BoundedSemaphore(MAX_INTERIM)
    piece_slots = threading.BoundedSemaphore(MAX_PIECES)

    @app.task(name=TaskName.TRANSCRIBE.value, shared=False)
    def transcribe(data: dict[str, Any]) -> dict[str, Any]:
        job = SpeechJob.model_validate(data)
        with desk.working_on(job):
            audio = decode_pcm(desk.audio(job.audio_key))
            heard = ears.submit(Item(audio, job.language, job.prompt), URGENT).result()
            return transcript_of(job, heard, time.time()).model_dump(mode="json")

    @app.task(name=TaskName.TRANSCRIBE_INTERIM.value, shared=False)
    def transcribe_interim(data: dict[str, Any]) -> None:
        job = InterimJob.model_validate(data)
        if not interim_slots.acquire(blocking=False):
            log.debug("interim dropped: too many in hand")
            return
        try:
            audio = decode_pcm(desk.audio(job.audio_key))
            item = Item(audio, job.language, job.prompt, interim=True)
            heard = ears.submit(item, WHENEVER).result()
            desk.publish_hypothesis(job.session_id, hypothesis_of(job, heard))
        except Exception as error:  # an interim may be lost for any reason
            log.debug("interim dropped: %s", error)
        finally:
            interim_slots.release()

    @app.task(name=TaskName.TRANSCRIBE_PIECE.value, shared=False)
    def transcribe_piece(data: dict[str, Any]) -> None:
        order = PieceOrder.model_validate(data)
        if not piece_slots.acquire(blocking=False):
            desk.hand_back(order)
            return
        try:
            with desk.working_on_part(order):
                audio = decode_pcm(desk.audio(order.audio_key))
                heard = ears.submit(Item(audio, order.language, order.prompt), LAST).result()
                desk.answer(order, piece_of(order, heard, engine))
        finally:
            piece_slots.release()


def decode_pcm(data: bytes) -> Audio:
    """PCM (contract.audio) as float32 samples from -1 to 1; raises EngineError."""
    if len(data) % 2:
        raise EngineError(f"{len(data)} bytes are no 16-bit samples")
    return np.frombuffer(data, dtype="<i2").astype(np.float32) / np.float32(32768)


def transcript_of(job: SpeechJob, heard: Heard, now: float) -> Transcript:
    """What was heard, on the session's clock and within the utterance; `now` marks this stage."""
    return Transcript(
        job=job.model_copy(update={"marks": {**job.marks, Stage.STT.value: now}}),
        text=heard.text,
        words=_words_between(job.start, job.end, heard),
        language=heard.language,
        confidence=heard.confidence,
    )


def piece_of(order: PieceOrder, heard: Heard, engine: EngineInfo) -> PieceHeard:
    """What was heard in a piece, on the recording's clock."""
    return PieceHeard(
        start=order.start,
        end=order.end,
        text=heard.text,
        words=_words_between(order.start, order.end, heard),
        joiner=joiner(heard.language),
        language=heard.language,
        confidence=heard.confidence,
        engine=f"{engine.name} ({engine.model})",
    )


def _words_between(start: float, end: float, heard: Heard) -> list[Word]:
    """The words, with times on the clock of `start` and `end` and within them."""

    def on_that_clock(seconds: float) -> float:
        return round(min(max(start + seconds, start), end), 3)

    return [
        Word(
            word=word.word,
            start=on_that_clock(word.start),
            end=on_that_clock(word.end),
            confidence=word.confidence,
        )
        for word in heard.words
    ]


def hypothesis_of(job: InterimJob, heard: Heard) -> Hypothesis:
    """A first impression, cut into the units that consecutive ones are compared by."""
    between = joiner(heard.language)
    words = heard.text.split() if between else [*heard.text.replace(" ", "")]
    return Hypothesis(utterance_id=job.utterance_id, words=words, joiner=between)
