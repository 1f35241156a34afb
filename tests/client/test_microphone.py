import sys
from collections.abc import Callable, Iterable
from types import SimpleNamespace, TracebackType
from typing import Any

import numpy as np
import pytest

from client.errors import SourceError
from client.microphone import Microphone


class PortAudioError(Exception):
    pass


class FakeStream:
    """A device at 48 kHz that gives a second of sound and is then unplugged."""

    def __init__(self, samplerate: int, callback: Callable[..., None], **options: Any) -> None:
        assert (samplerate, options["channels"], options["dtype"]) == (48_000, 1, "float32")
        self._callback = callback
        self.active = True

    def __enter__(self) -> "FakeStream":
        t = np.arange(48_000, dtype=np.float32) / 48_000
        sound = 0.5 * np.sin(2 * np.pi * 440 * t)[:, np.newaxis].astype(np.float32)
        for block in np.split(sound, 20):
            buffer = block.copy()
            self._callback(buffer, len(buffer), None, None)
            buffer[:] = 0  # PortAudio uses it again
        self.active = False
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.active = False


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    device = SimpleNamespace(
        PortAudioError=PortAudioError,
        query_devices=lambda *_, **__: {"default_samplerate": 48_000.0},
        InputStream=FakeStream,
    )
    monkeypatch.setitem(sys.modules, "sounddevice", device)
    return device


def test_it_is_heard_at_its_own_rate_and_resampled(device: SimpleNamespace) -> None:
    heard = bytearray()

    def collect(blocks: Iterable[bytes]) -> None:
        for block in blocks:
            heard.extend(block)

    with Microphone().listening() as blocks, pytest.raises(SourceError, match="gone"):
        collect(blocks)
    samples = np.frombuffer(bytes(heard), "<i2")
    assert 15_000 <= len(samples) <= 16_000
    spectrum = np.abs(np.fft.rfft(samples[:15_000]))
    assert np.argmax(spectrum) * 16_000 / 15_000 == pytest.approx(440, abs=2)
    assert np.abs(samples).max() == pytest.approx(16_384, rel=0.05)


def test_no_microphone_is_said(device: SimpleNamespace) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PortAudioError("Error querying device -1")

    device.query_devices = refuse
    with (
        pytest.raises(SourceError, match="can't be used: Error querying device -1"),
        Microphone().listening(),
    ):
        pass


def test_the_microphones_are_listed_and_chosen_by_name(device: SimpleNamespace) -> None:
    asked = []
    headset = {"index": 2, "name": "Headset", "default_samplerate": 48_000.0}
    speakers = {"index": 1, "name": "Speakers", "default_samplerate": 48_000.0}
    headset["max_input_channels"], speakers["max_input_channels"] = 1, 0

    def query(which: object = None, kind: str | None = None) -> object:
        asked.append(which)
        return headset if kind else [speakers, headset]

    device.query_devices = query
    assert Microphone().devices() == ["  2 Headset (48000 Hz)"]
    with Microphone("Head").listening():
        pass
    with Microphone("2").listening():
        pass
    assert asked == [None, "Head", 2]


def test_missing_portaudio_is_said_with_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoPortAudio:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoPortAudio(), *sys.meta_path])
    with pytest.raises(SourceError, match="apt-get install libportaudio2"):
        Microphone()
