"""The Celery task about whole recordings: validate, read, call, answer."""

import threading
import time
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from celery import Celery

from contract.audio import SAMPLE_RATE
from contract.errors import EngineError, JobCancelledError, StorageUnavailableError
from contract.jobs import HeardTurn, TurnsHeard, TurnsOrder
from contract.names import TaskName
from diarization_worker.encoders.encoder import Audio
from diarization_worker.hearing.local import STEP
from diarization_worker.recordings.diarizer import RecordingDiarizer
from diarization_worker.recordings.turns import SpeakerTurn
from media_store import AUDIO, MediaStore
from worker_runtime.desk import Desk

CHECK_S: Final = 0.5
"""How often a worker looks whether a recording is still wanted, seconds."""


def register(
    app: Celery, desk: Desk, diarizer: RecordingDiarizer, store: MediaStore, window_s: float
) -> None:
    """Add the task to a worker's app; `window_s`: audio that the segmenter takes in at once."""
    slot = threading.BoundedSemaphore(1)  # a recording of an hour takes 230 MB

    @app.task(name=TaskName.DIARIZE.value, shared=False)
    def diarize(payload: dict[str, Any]) -> None:
        order = TurnsOrder.model_validate(payload)
        if not slot.acquire(blocking=False):
            desk.hand_back(order)
            return
        try:
            with desk.working_on_part(order):
                audio = read_audio(store, order.folder)
                windows = 1 + len(audio) / SAMPLE_RATE / (window_s * STEP)
                watch = Watch(desk, order, 2 * windows)
                turns = diarizer.diarize(audio, order.num_speakers, watch.look)
                answer = TurnsHeard(
                    overlapping=_told(turns.overlapping),
                    exclusive=_told(turns.exclusive),
                    engine=diarizer.model,
                )
                desk.answer(order, answer)
        finally:
            slot.release()


class Watch:
    """Says how far a recording is, and ends the work on one that nobody wants any more."""

    def __init__(self, desk: Desk, order: TurnsOrder, steps: float) -> None:
        """`steps`: about how often `look` will be called."""
        self._desk = desk
        self._order = order
        self._steps = steps
        self._taken = 0
        self._looked_at = 0.0

    def look(self) -> None:
        """Look twice a second at most; raises JobCancelledError."""
        self._taken += 1
        if time.monotonic() - self._looked_at < CHECK_S:
            return
        self._looked_at = time.monotonic()
        if not self._desk.is_owed(self._order, min(1.0, self._taken / self._steps)):
            raise JobCancelledError("the recording is wanted no more")


def read_audio(store: MediaStore, folder: str) -> Audio:
    """A recording's decoded audio; raises EngineError where there is none."""
    try:
        path = store.local_path(folder, AUDIO)
        if path is None:
            pcm = np.frombuffer(store.read(folder, AUDIO), "<i2")
        else:
            pcm = np.memmap(path, "<i2", "r")
    except (FileNotFoundError, StorageUnavailableError, ValueError) as error:
        raise EngineError(
            "the recording is not in this worker's media store: MEDIA_STORE must be shared"
        ) from error
    audio = pcm.astype(np.float32)
    audio /= 32768
    return audio


def _told(turns: Sequence[SpeakerTurn]) -> list[HeardTurn]:
    return [
        HeardTurn(start=round(turn.start, 3), end=round(turn.end, 3), speaker=turn.speaker)
        for turn in turns
    ]
