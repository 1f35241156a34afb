"""Who speaks now: audio in rolling windows, and when the answer to them becomes another one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE

WINDOW_S: Final = 3.0
"""Speech in which a voice is told reliably."""

HOP_S: Final = 1.0

STEADY: Final = 2
"""Windows that must agree: one that holds the end of a turn and the start of the next may err."""

_SECOND: Final = SAMPLE_RATE * BYTES_PER_SAMPLE


@dataclass(frozen=True, slots=True)
class Window:
    """The latest audio, in the format of contract.audio."""

    start: float
    """Seconds since the beginning."""
    end: float
    pcm: bytes


def windows(
    blocks: Iterable[bytes], window_s: float = WINDOW_S, hop_s: float = HOP_S
) -> Iterator[Window]:
    """The last `window_s` seconds every `hop_s` seconds; the first windows are shorter.

    Of a block longer than a hop only its end becomes a window: whoever falls behind goes on with
    what is said now. What is left at the end becomes a last window.
    """
    kept = bytearray()
    heard = given = 0
    for block in blocks:
        kept += block
        heard += len(block)
        del kept[: max(0, len(kept) - round(window_s * _SECOND))]
        if heard - given >= hop_s * _SECOND:
            given = heard
            yield _window(kept, heard)
    if heard > given:
        yield _window(kept, heard)


def as_spoken(
    packets: Iterable[bytes],
    speed: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[bytes]:
    """A recording as a microphone would give it: each block is all that was spoken meanwhile.

    `speed` is that of the speaker, 1 = as recorded; 0 = packet by packet, without waiting.
    """
    began, spoken = clock(), 0
    waiting = bytearray()
    for packet in packets:
        waiting += packet
        spoken += len(packet)
        ahead = began + spoken / (_SECOND * speed) - clock() if speed else 0.0
        if ahead > 0:
            sleep(ahead)
        if ahead > 0 or not speed:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


class State(StrEnum):
    """What a window can be heard to hold."""

    SPEAKER = "speaker"
    UNKNOWN = "unknown"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of a window."""

    state: State
    speaker_id: str | None = None
    name: str | None = None
    score: float = 0.0

    def same(self, other: "Heard | None") -> bool:
        """Whether both are of one voice, or of none."""
        return other is not None and (self.state, self.speaker_id) == (
            other.state,
            other.speaker_id,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody else speaks, or nobody."""

    time: float
    """About when, seconds since the beginning: the middle of the first window that told it."""
    heard: Heard


class Listening:
    """Tells changes of speaker from windows that err."""

    def __init__(self, steady: int = STEADY) -> None:
        self._steady = steady
        self._current: Heard | None = None
        self._next: Change | None = None
        self._agreeing = 0

    def hear(self, window: Window, heard: Heard | None) -> Change | None:
        """Take the next window in; None = nothing could be made of it, which changes nothing."""
        if heard is None:
            return None
        if heard.same(self._current):
            self._next = None
            return None
        if self._next is None or not heard.same(self._next.heard):
            self._next = Change(round((window.start + window.end) / 2, 1), heard)
            self._agreeing = 0
        self._agreeing += 1
        if self._agreeing < self._steady:
            return None
        return self._change(Change(self._next.time, heard))

    def finish(self) -> Change | None:
        """What the last window told, where it was too short a time for anything to be steady."""
        if self._current is not None or self._next is None:
            return None
        return self._change(self._next)

    def _change(self, change: Change) -> Change:
        self._current, self._next = change.heard, None
        return change


def _window(kept: bytearray, heard: int) -> Window:
    return Window((heard - len(kept)) / _SECOND, heard / _SECOND, bytes(kept))
