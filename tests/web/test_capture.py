"""What the page makes of a microphone's sound is as easy to understand as the sound itself."""

import logging
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import jiwer
import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from stt_worker.engine import Item
from stt_worker.engines.pocketsphinx.engine import PocketSphinxEngine
from tests.support.sounds import RATE, librispeech, read_speech

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.data, pytest.mark.timeout(300)]

CAPTURE = Path(__file__).with_name("capture.js")

POINTS = 0.02
"""How much worse than the recording itself it may be, word error rate."""

RECORDINGS = 12


@pytest.fixture(scope="module")
def engine() -> Iterator[PocketSphinxEngine]:
    engine = PocketSphinxEngine(processes=2)
    yield engine
    engine.close()


def captured(audio: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """What the server gets when a microphone of `rate` hears the audio."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: scripts/setup_checks installs it")
    heard = soxr.resample(audio, RATE, rate, quality="VHQ").astype("<f4")
    command = [node, str(CAPTURE), str(rate)]
    pcm = subprocess.run(command, input=heard.tobytes(), capture_output=True, check=True).stdout  # noqa: S603
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32_768


def errors(engine: PocketSphinxEngine, audios: list[NDArray[np.float32]]) -> float:
    """Word error rate of the recordings' texts."""
    answers = engine.transcribe([Item(audio, "en") for audio in audios])
    heard = [re.sub(r"[^a-z' ]", "", getattr(answer, "text", "").lower()) for answer in answers]
    return jiwer.wer([text for _, text in librispeech()[:RECORDINGS]], heard)


@pytest.fixture(scope="module")
def direct(engine: PocketSphinxEngine) -> float:
    """Word error rate of the recordings as they are."""
    return errors(engine, [read_speech(path) for path, _ in librispeech()[:RECORDINGS]])


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_capture_adds_no_word_errors(engine: PocketSphinxEngine, direct: float, rate: int) -> None:
    audios = [captured(read_speech(path), rate) for path, _ in librispeech()[:RECORDINGS]]
    through = errors(engine, audios)
    log.info("word errors at %d Hz: %.3f, directly %.3f", rate, through, direct)
    assert through <= direct + POINTS
