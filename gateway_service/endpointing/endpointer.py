"""Cuts a stream of audio into utterances.

Whatever the size of the packets, the same audio gives the same utterances: decisions are made over
whole frames. And whoever takes the stream up again at a checkpoint gets the same utterances too:
at each checkpoint the endpointer forgets everything and starts afresh from that sample, exactly as
a second gateway would.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contract.audio import BYTES_PER_SAMPLE
from contract.parameters import Parameters
from gateway_service.endpointing.voice import (
    FRAME_BYTES,
    FRAME_MS,
    FRAME_SAMPLES,
    MIN_EVIDENCE_FRAMES,
    VoiceDetector,
)

PRE_ROLL_FRAMES: Final = 10
"""300 ms kept from before speech was noticed: soft onsets are part of the first word."""

POST_ROLL_FRAMES: Final = 10
"""300 ms at most kept after the last voiced frame: soft endings are part of the last word."""

IDLE_CHECKPOINT_FRAMES: Final = 5000 // FRAME_MS
"""In silence a checkpoint every 5 s, so that a client needs to keep little."""

CUT_SEARCH_FRAMES: Final = 2000 // FRAME_MS
"""An utterance that grows too long is cut at the quietest point of its last 2 s."""

AS_QUIET_DB: Final = 2.0
"""Points that are louder than the quietest by no more than this are as quiet, and the latest of
them is taken: where speech never pauses, nothing is gained by cutting it short. Less, and a steady
voice is cut up to a second early; more, and read speech (LibriSpeech, cut every 4 s) is cut in
louder places: 90% of its cuts lie 16.7 dB below the utterance's level at 0, 13.8 dB at 2, 13.3 dB
at 3."""

LONGEST_FRAMES: Final = 30_000 // FRAME_MS
"""What an engine takes at once, 30 s: no utterance is longer, what was kept from before it
included."""

_MOSTLY: Final = 0.7
"""Asking for less takes more keyboard clicks over a loud fan for speech (in 24 minutes of them 28
times at 0.5, 12 at 0.7, 4 at 1); asking for more drops short answers from far away."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """From where the stream can be taken up again without loss or repetition."""

    sample: int = 0
    """Position of the first sample not yet accounted for."""
    continuing: bool = False
    """Whether that sample is in the middle of speech, after a forced cut."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Enough speech was heard to be sure that an utterance has begun."""

    sample: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of speech, complete."""

    start: int
    """Position of its first sample."""
    pcm: bytes
    heard_at: float
    """When its last voiced sample arrived, seconds since the epoch."""
    checkpoint: Checkpoint
    """Where the stream goes on after it."""
    speech_start: int
    """Position of its first voiced sample."""
    speech_end: int
    """Position just after its last voiced sample."""

    @property
    def end(self) -> int:
        """Position just after its last sample."""
        return self.start + len(self.pcm) // BYTES_PER_SAMPLE


@dataclass(slots=True)
class _Frame:
    pcm: bytes
    arrived: float
    voiced: bool = False
    level: float = -120.0


class Endpointer:
    """The state machine: idle → onset → in speech → idle."""

    def __init__(self, parameters: Parameters, checkpoint: Checkpoint | None = None) -> None:
        self._parameters = parameters
        self._silence_frames = math.ceil(parameters.silence_duration * 1000 / FRAME_MS)
        self._max_frames = round(parameters.max_segment_duration * 1000 / FRAME_MS)
        self._min_frames = math.ceil(parameters.min_seg_duration * 1000 / FRAME_MS)
        self._rest = b""
        self._restart(checkpoint or Checkpoint())

    @property
    def checkpoint(self) -> Checkpoint:
        """The latest point from which the stream can be taken up again."""
        return self._checkpoint

    @property
    def in_speech(self) -> bool:
        """Whether an utterance is in progress for sure."""
        return self._announced

    def audio_so_far(self) -> bytes:
        """The audio of the utterance in progress."""
        return b"".join(frame.pcm for frame in self._frames)

    def feed(self, pcm: bytes, now: float) -> Iterator[SpeechStarted | Utterance]:
        """Take in audio of any even length that arrived at `now` (seconds since the epoch)."""
        data = self._rest + pcm
        whole = len(data) - len(data) % FRAME_BYTES
        self._rest = data[whole:]
        for offset in range(0, whole, FRAME_BYTES):
            yield from self._take(_Frame(data[offset : offset + FRAME_BYTES], now))

    def flush(self, now: float) -> Iterator[SpeechStarted | Utterance]:
        """The speech in progress ends here: give out what is there, however short."""
        rest, self._rest = self._rest, b""
        if rest:
            yield from self._take(_Frame(rest, now))
        if self._evidence and self._detector.speech_like:
            yield from self._confirm()
        end = self._start + sum(len(frame.pcm) for frame in self._frames) // BYTES_PER_SAMPLE
        after = Checkpoint(end)
        if self._confirmed and self._last_voiced >= 0:
            yield self._utterance(self._last_voiced + 1 + POST_ROLL_FRAMES, after)
        self._restart(after)

    def _restart(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._detector = VoiceDetector(self._parameters)
        self._start = checkpoint.sample
        self._frames: list[_Frame] = []
        self._idle_frames = 0
        self._run = 0
        self._evidence = 0
        self._first_voiced = self._last_voiced = -1
        self._confirmed = checkpoint.continuing
        self._announced = False

    def _take(self, frame: _Frame) -> Iterator[SpeechStarted | Utterance]:
        whole = frame.pcm * math.ceil(FRAME_BYTES / len(frame.pcm))  # silence would be an edge
        frame.voiced, frame.level = self._detector.voiced(whole[:FRAME_BYTES])
        self._frames.append(frame)
        self._weigh(frame)
        if self._last_voiced < 0 and not self._confirmed:
            yield from self._stay_idle()
            return
        if self._last_voiced >= 0 and (self._confirmed or self._sure()):
            yield from self._confirm()
        silence = len(self._frames) - 1 - self._last_voiced
        if silence >= self._silence_frames:
            yield from self._end_at_silence()
        elif self._too_long():
            yield from self._end_at_quietest()

    def _weigh(self, frame: _Frame) -> None:
        """Count voiced frames as evidence of speech where enough of them follow each other."""
        self._run = self._run + 1 if frame.voiced else 0
        if frame.voiced:
            self._last_voiced = len(self._frames) - 1
            if self._first_voiced < 0:
                self._first_voiced = self._last_voiced
        if self._run == MIN_EVIDENCE_FRAMES:
            self._evidence += MIN_EVIDENCE_FRAMES
        elif self._run > MIN_EVIDENCE_FRAMES:
            self._evidence += 1

    def _too_long(self) -> bool:
        """Speech goes on for max_segment_duration, counted from its first voiced frame."""
        begun = 0 if self._checkpoint.continuing else self._first_voiced
        total = len(self._frames)
        return total - begun >= self._max_frames or total >= LONGEST_FRAMES

    def _sure(self) -> bool:
        """Enough was heard, and it is like speech."""
        return self._evidence > 0 and self._long_enough() and self._detector.speech_like

    def _long_enough(self) -> bool:
        """Speech spans min_seg_duration, and most of that is syllables, not clicks."""
        span = self._last_voiced - self._first_voiced + 1
        return span >= self._min_frames and self._evidence >= _MOSTLY * self._min_frames

    def _stay_idle(self) -> Iterator[SpeechStarted | Utterance]:
        self._idle_frames += 1
        if len(self._frames) > PRE_ROLL_FRAMES:
            del self._frames[0]
            self._start += FRAME_SAMPLES
        if self._idle_frames >= IDLE_CHECKPOINT_FRAMES:
            yield from self._restart_with(self._frames, Checkpoint(self._start))

    def _confirm(self) -> Iterator[SpeechStarted]:
        self._confirmed = True
        if not self._announced:
            self._announced = True
            yield SpeechStarted(self._start)

    def _end_at_silence(self) -> Iterator[SpeechStarted | Utterance]:
        kept = min(self._last_voiced + 1 + POST_ROLL_FRAMES, len(self._frames))
        yield from self._cut(kept, continuing=False)

    def _end_at_quietest(self) -> Iterator[SpeechStarted | Utterance]:
        if not self._confirmed:  # a long stretch of noise that was never confirmed as speech
            yield from self._cut(len(self._frames) - PRE_ROLL_FRAMES, continuing=False)
            return
        search = min(CUT_SEARCH_FRAMES, len(self._frames) // 2)
        levels = {i: self._smooth_level(i) for i in range(len(self._frames))[-search:]}
        quiet = min(levels.values()) + AS_QUIET_DB
        latest = max(i for i, level in levels.items() if level <= quiet)
        yield from self._cut(latest + 1, continuing=True)

    def _smooth_level(self, index: int) -> float:
        around = self._frames[max(0, index - 1) : index + 2]
        return sum(frame.level for frame in around) / len(around)

    def _cut(self, kept: int, *, continuing: bool) -> Iterator[SpeechStarted | Utterance]:
        """End the utterance after `kept` frames; what follows them is heard again, afresh."""
        leftover = self._frames[kept:]
        kept_samples = sum(len(frame.pcm) for frame in self._frames[:kept]) // BYTES_PER_SAMPLE
        after = Checkpoint(self._start + kept_samples, continuing)
        if self._confirmed and self._last_voiced >= 0:
            yield self._utterance(kept, after)
        yield from self._restart_with(leftover, after)

    def _utterance(self, kept: int, after: Checkpoint) -> Utterance:
        frames = self._frames[:kept]
        pcm = b"".join(frame.pcm for frame in frames)
        voiced = [i for i, frame in enumerate(frames) if frame.voiced] or [0, len(frames) - 1]
        first, last = voiced[0], voiced[-1]
        end = min((last + 1) * FRAME_SAMPLES, len(pcm) // BYTES_PER_SAMPLE)
        return Utterance(
            start=self._start,
            pcm=pcm,
            heard_at=frames[last].arrived,
            checkpoint=after,
            speech_start=self._start + first * FRAME_SAMPLES,
            speech_end=self._start + end,
        )

    def _restart_with(
        self, frames: list[_Frame], checkpoint: Checkpoint
    ) -> Iterator[SpeechStarted | Utterance]:
        self._restart(checkpoint)
        for frame in frames:
            yield from self._take(frame)
