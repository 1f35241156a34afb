"""The pipeline adds no word errors to those of its engine."""

import asyncio
import logging
import re
from collections.abc import Iterator

import jiwer
import numpy as np
import pytest

from local_stack.stack import Stack
from stt_worker.engine import Item
from stt_worker.engines.pocketsphinx.engine import PocketSphinxEngine
from tests.support.sounds import librispeech, read_speech, silence, to_pcm
from tests.support.wire import texts, wire

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.data, pytest.mark.timeout(900)]

POINTS = 0.02
"""How much worse than the engine alone the pipeline may be, word error rate."""


@pytest.fixture(scope="module")
def sphinx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The real recogniser; the other stages answer at once."""
    settings = {
        "STT_ENGINE": "pocketsphinx",
        "SPEAKER_ENCODER": "bench.instant:InstantEncoder",
        "SEGMENTATION_MODEL": "bench.instant:InstantSegmenter",
        "SENTIMENT_MODEL": "bench.instant:InstantAnalyzer",
    }
    with Stack(tmp_path_factory.mktemp("sphinx"), settings) as running:
        running.wait_ready(timeout_s=90)
        yield running


def words(text: str) -> str:
    return re.sub(r"[^a-z' ]", "", text.lower())


@pytest.fixture(scope="module")
def alone() -> float:
    """Word error rate of the engine, given each recording whole."""
    engine = PocketSphinxEngine(processes=2)
    try:
        items = [Item(read_speech(path), "en") for path, _ in librispeech()]
        heard = [words(getattr(answer, "text", "")) for answer in engine.transcribe(items)]
    finally:
        engine.close()
    return jiwer.wer([text for _, text in librispeech()], heard)


async def transcribe(url: str, recordings: list[np.ndarray]) -> str:
    """Stream recordings through one session, a second of silence after each."""
    pcm = to_pcm(np.concatenate([part for each in recordings for part in (each, silence(1))]))
    async with wire(url) as live:
        await live.say("start_transcription", language="en", interim=False)
        await live.audio(pcm)
        await live.say("stop_transcription")
        await live.until("transcription_stopped", patience=400)
    assert not live.of("utterance_failed")
    return words(" ".join(texts(live.events)))


@pytest.mark.parametrize("sessions", [1, 5])
async def test_streaming_adds_no_word_errors(sphinx: Stack, alone: float, sessions: int) -> None:
    corpus = [(read_speech(path), text) for path, text in librispeech()]
    share = len(corpus) // sessions
    parts = [corpus[at : at + share] for at in range(0, len(corpus), share)]

    heard = await asyncio.gather(
        *(transcribe(sphinx.url(), [audio for audio, _ in part]) for part in parts)
    )

    streamed = jiwer.wer([" ".join(text for _, text in part) for part in parts], list(heard))
    log.info("%d sessions: word errors %.3f, engine alone %.3f", sessions, streamed, alone)
    assert streamed <= alone + POINTS
