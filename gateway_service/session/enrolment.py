"""The audio of a speaker's enrolment: gathered until the client says that it is complete."""

import time
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from contract.client_messages import StartSpeakerRegistration
from contract.events import SpeakerRegistrationProgress
from contract.names import audio_key
from contract.parameters import Parameters
from contract.work import EnrolmentJob
from gateway_service.endpointing.voice import FRAME_BYTES, FRAME_MS, FRAME_SAMPLES, VoiceDetector

NEEDED_SPEECH_S: Final = 3.0
"""Voiced speech that makes a voice print."""

MAX_AUDIO_S: Final = 60
"""What is left of a longer recording: its silences are taken out, then its beginning."""

MARGIN_S: Final = 0.5
"""Silence that stays on either side of speech, lest the ends of words go with the rest."""

PROGRESS_S: Final = 0.5

_MAX_FRAMES: Final = MAX_AUDIO_S * 1000 // FRAME_MS
_MARGIN_FRAMES: Final = round(MARGIN_S * 1000 / FRAME_MS)


class Enrolment:
    """One speaker's registration in progress."""

    def __init__(
        self, session_id: str, message: StartSpeakerRegistration, parameters: Parameters
    ) -> None:
        self.speaker_id = message.speaker_id
        self._session_id = session_id
        self._name = message.name
        self._detector = VoiceDetector(parameters)
        self._frames: list[bytes] = []
        self._voiced: list[bool] = []
        self._rest = b""
        self._told_at = 0.0

    @property
    def speech_seconds(self) -> float:
        """Voiced speech that was heard and kept, seconds, whatever the silence between."""
        return round(sum(self._voiced) * FRAME_SAMPLES / SAMPLE_RATE, 2)

    def feed(self, pcm: bytes) -> Iterator[SpeakerRegistrationProgress]:
        """Take in audio; yields how far it is, twice a second."""
        audio = self._rest + pcm
        whole = len(audio) // FRAME_BYTES * FRAME_BYTES
        self._rest = audio[whole:]
        for at in range(0, whole, FRAME_BYTES):
            frame = audio[at : at + FRAME_BYTES]
            self._frames.append(frame)
            self._voiced.append(self._detector.voiced(frame)[0])
        if len(self._frames) > 2 * _MAX_FRAMES:
            self._condense()
        now = time.monotonic()
        if now - self._told_at >= PROGRESS_S:
            self._told_at = now
            yield self.progress()

    def progress(self) -> SpeakerRegistrationProgress:
        """How far it is."""
        return SpeakerRegistrationProgress(
            session_id=self._session_id,
            speaker_id=self.speaker_id,
            speech_seconds=self.speech_seconds,
            needed_seconds=NEEDED_SPEECH_S,
        )

    def complete(self, utterance_id: int) -> tuple[EnrolmentJob, bytes]:
        """The job that makes a voice print, and its audio: MAX_AUDIO_S at most."""
        if len(self._frames) > _MAX_FRAMES:
            self._condense()
        job = EnrolmentJob(
            session_id=self._session_id,
            utterance_id=utterance_id,
            audio_key=audio_key(self._session_id, utterance_id),
            speaker_id=self.speaker_id,
            name=self._name,
            speech_seconds=self.speech_seconds,
        )
        return job, b"".join(self._frames)

    def _condense(self) -> None:
        kept = frames_to_keep(self._voiced)
        self._frames = [self._frames[i] for i in kept]
        self._voiced = [self._voiced[i] for i in kept]


def frames_to_keep(voiced: list[bool]) -> NDArray[np.intp]:
    """Which frames of a recording make up its speech, margins included, in order.

    The last MAX_AUDIO_S of them; where nothing is voiced, of all frames, so that a worker can
    still tell a voice that is too quiet from none.
    """
    if not any(voiced):
        return np.arange(len(voiced))[-_MAX_FRAMES:]
    spread = np.convolve(voiced, np.ones(2 * _MARGIN_FRAMES + 1))[_MARGIN_FRAMES:]
    return np.flatnonzero(spread[: len(voiced)] > 0.5)[-_MAX_FRAMES:]
