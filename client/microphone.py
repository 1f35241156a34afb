"""The microphone as blocks of PCM in the format of contract.audio."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from client.errors import SourceError
from client.source import Converter

_BLOCK_S: Final = 0.05

KEPT_BLOCKS: Final = 600
"""Blocks that wait to be read, half a minute; beyond them the newest are lost."""

_PATIENCE_S: Final = 0.25
"""How long Ctrl-C may have to wait."""


class Microphone:
    """One of this machine's; raises SourceError where PortAudio is missing."""

    def __init__(self, device: str | None = None) -> None:
        """`device`: its number, or part of its name; None = the default one."""
        try:
            import sounddevice  # type: ignore[import-untyped]  # carries no types
        except OSError as error:
            raise SourceError(
                f"the microphone needs PortAudio ({error}): apt-get install libportaudio2"
            ) from error
        self._sounddevice: Any = sounddevice
        self._device = int(device) if device is not None and device.isdecimal() else device

    def devices(self) -> list[str]:
        """A line for each microphone there is, with the number by which it can be named."""
        return [
            f"{device['index']:3} {device['name']} ({device['default_samplerate']:.0f} Hz)"
            for device in self._sounddevice.query_devices()
            if device["max_input_channels"] > 0
        ]

    @contextmanager
    def listening(self) -> Iterator[Iterator[bytes]]:
        """What it hears, at its own rate, resampled; each block is all there is by then.

        Raises SourceError where there is no microphone, and when it goes away.
        """
        blocks: queue.Queue[Any] = queue.Queue(KEPT_BLOCKS)

        def take(block: Any, frames: int, time: Any, status: Any) -> None:
            if not blocks.full():
                blocks.put_nowait(block.copy())

        try:
            device = self._sounddevice.query_devices(self._device, kind="input")
            rate = round(device["default_samplerate"])
            stream = self._sounddevice.InputStream(
                device=self._device,
                samplerate=rate,
                channels=1,
                dtype="float32",
                blocksize=round(rate * _BLOCK_S),
                callback=take,
            )
            with stream:
                yield _read(stream, blocks, Converter(rate))
        except (self._sounddevice.PortAudioError, ValueError) as error:
            raise SourceError(f"the microphone can't be used: {error}") from error


def _read(stream: Any, blocks: "queue.Queue[Any]", to_pcm: Converter) -> Iterator[bytes]:
    while stream.active or not blocks.empty():
        try:
            pcm = to_pcm(blocks.get(timeout=_PATIENCE_S))
        except queue.Empty:
            continue
        while not blocks.empty():
            pcm += to_pcm(blocks.get_nowait())
        yield pcm
    raise SourceError("the microphone is gone")
