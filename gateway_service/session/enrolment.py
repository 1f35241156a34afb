"""The audio of a speaker's enrolment: gathered until the client says that it is complete."""

import time
from collections.abc import Iterator
from typing import Final

from contract.audio import SAMPLE_RATE
from contract.parameters import Parameters
from gateway_service.endpointing.voice import FRAME_BYTES, FRAME_SAMPLES, VoiceDetector

NEEDED_SPEECH_S: Final = 3.0
"""Voiced speech that makes a voice print."""

MAX_AUDIO_S: Final = 60
"""What goes on for longer loses its beginning."""

PROGRESS_S: Final = 0.5


class Enrolment:
    """One speaker's registration in progress."""

    def __init__(self, speaker_id: int, name: str | None, parameters: Parameters) -> None:
        self.speaker_id = speaker_id
        self.name = name
        self._detector = VoiceDetector(parameters)
        self._pcm = bytearray()
        self._judged = 0
        self._voiced_frames = 0
        self._told_at = 0.0

    @property
    def speech_seconds(self) -> float:
        """Voiced speech heard so far, seconds, whatever the silence between."""
        return round(self._voiced_frames * FRAME_SAMPLES / SAMPLE_RATE, 2)

    @property
    def pcm(self) -> bytes:
        """The audio gathered, silence included."""
        return bytes(self._pcm[-MAX_AUDIO_S * SAMPLE_RATE * 2 :])

    def feed(self, pcm: bytes) -> Iterator[float]:
        """Take in audio; yields the seconds of speech when it is time to tell them."""
        self._pcm += pcm
        while len(self._pcm) - self._judged >= FRAME_BYTES:
            frame = bytes(self._pcm[self._judged : self._judged + FRAME_BYTES])
            self._judged += FRAME_BYTES
            self._voiced_frames += self._detector.voiced(frame)[0]
        surplus = len(self._pcm) - 2 * MAX_AUDIO_S * SAMPLE_RATE * 2
        if surplus > 0:
            cut = surplus + MAX_AUDIO_S * SAMPLE_RATE * 2
            del self._pcm[:cut]
            self._judged -= cut
        now = time.monotonic()
        if now - self._told_at >= PROGRESS_S:
            self._told_at = now
            yield self.speech_seconds
