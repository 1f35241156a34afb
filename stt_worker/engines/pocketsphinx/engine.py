"""The recogniser on PocketSphinx: as many decoder processes as there are cores to use."""

import json
import queue
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from contract.audio import SAMPLE_RATE
from contract.errors import EngineError, ModelUnavailableError
from contract.values import EngineInfo
from stt_worker.engine import Audio, Heard, HeardWord, Item, transcribe_screened
from stt_worker.engines.pocketsphinx import recogniser
from stt_worker.guards import loop_start

NEEDS_WHISPER = (
    "needs Whisper weights: let this machine reach huggingface.co once, or copy a model to it and "
    "set STT_MODEL to its path."
)

FRAMES_PER_SECOND = 100

_ALTERNATIVE = re.compile(r"\(\d+\)$")


class PocketSphinxEngine:
    """English without any download; about half of the words are wrong."""

    def __init__(self, processes: int) -> None:
        """Start the decoder processes; raises ModelUnavailableError."""
        self._idle: queue.SimpleQueue[_Decoder] = queue.SimpleQueue()
        decoders = [_Decoder() for _ in range(processes)]
        for decoder in decoders:
            decoder.wait_until_ready()
            self._idle.put(decoder)
        self._threads = ThreadPoolExecutor(processes, "pocketsphinx")
        self.info = EngineInfo(name="pocketsphinx", model="en-us", device="cpu")
        self.languages: list[str] | None = ["en"]
        self.advice = f"Any other language {NEEDS_WHISPER}"
        self.batch_size = processes

    def transcribe(self, items: list[Item]) -> list[Heard | Exception]:
        """An answer or an error for each item, in order; `auto` is taken for English."""
        return transcribe_screened(
            items, self._each, languages=self.languages, remedy=NEEDS_WHISPER
        )

    def warm_up(self) -> None:
        """Nothing to do: the processes said that they are ready."""

    def close(self) -> None:
        """End the decoder processes."""
        self._threads.shutdown()
        while not self._idle.empty():
            self._idle.get().close()

    def _each(self, items: list[Item]) -> list[Heard | Exception]:
        return list(self._threads.map(self._hear, items))

    def _hear(self, item: Item) -> Heard | Exception:
        decoder = self._idle.get()
        try:
            words = spoken_words(decoder.decode(item.audio), item.audio.size / SAMPLE_RATE)
        except (OSError, ValueError) as error:
            decoder.close()
            decoder = _Decoder()
            return EngineError(f"a PocketSphinx process died: {error}")
        finally:
            self._idle.put(decoder)
        return heard(words, with_words=not item.interim)


def heard(words: list[HeardWord], *, with_words: bool) -> Heard:
    """What an utterance comes to; nothing, where it is one word over and over."""
    text = " ".join(word.word for word in words)
    if not words or loop_start(text) is not None:
        return Heard("", [], "en", 0.0)
    confidence = round(float(np.mean([word.confidence for word in words])), 3)
    return Heard(text, words if with_words else [], "en", confidence)


def spoken_words(parts: list[tuple[str, int, int, float]], duration: float) -> list[HeardWord]:
    """The words among what a decoder wrote: no silences, noises or marks of pronunciation."""
    return [
        HeardWord(
            word=_ALTERNATIVE.sub("", word),
            start=min(first / FRAMES_PER_SECOND, duration),
            end=min((last + 1) / FRAMES_PER_SECOND, duration),
            confidence=round(min(max(probability, 0.0), 1.0), 3),
        )
        for word, first, last, probability in parts
        if word[0].isalnum() or word[0] == "'"
    ]


class _Decoder:
    """A recogniser process, as seen from here."""

    def __init__(self) -> None:
        # By path and with -P: the process needs nothing of this project on its import path.
        command = [sys.executable, "-P", recogniser.__file__]
        self._process = subprocess.Popen(  # noqa: S603 (our own file)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def wait_until_ready(self) -> None:
        """Return when the model is loaded; raises ModelUnavailableError."""
        try:
            self._read()
        except (OSError, ValueError) as error:
            self.close()
            raise ModelUnavailableError("pocketsphinx can't be started") from error

    def decode(self, audio: Audio) -> list[tuple[str, int, int, float]]:
        """What it heard; raises OSError or ValueError when the process is no more."""
        pcm = (np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes()
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 (opened as a pipe above)
        stdin.write(len(pcm).to_bytes(4, "little") + pcm)
        stdin.flush()
        return self._read()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _read(self) -> list[tuple[str, int, int, float]]:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 (opened as a pipe above)
        return [
            (str(word), int(first), int(last), float(probability))
            for word, first, last, probability in json.loads(stdout.readline())
        ]
