"""Whisper in the running stack: real compute, and a text that is known beforehand."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from local_stack.stack import Stack
from tests.support.sounds import clicks, silence, syllables, to_pcm, white_noise
from tests.support.whisper_checkpoint import write_openai_checkpoint
from tests.support.wire import texts, wire

TEXT = "오늘 정말 고마웠어요."

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose recogniser is Whisper, with a checkpoint that writes TEXT for any audio."""
    checkpoint = Path(tmp_path_factory.mktemp("weights")) / "korean.pt"
    write_openai_checkpoint(checkpoint, TEXT, language="ko")
    settings = {
        "STT_MODEL": str(checkpoint),
        "SPEAKER_ENCODER": "bench.instant:InstantEncoder",
        "SEGMENTATION_MODEL": "bench.instant:InstantSegmenter",
        "SENTIMENT_MODEL": "bench.instant:InstantAnalyzer",
    }
    with Stack(tmp_path_factory.mktemp("whisper"), settings) as running:
        running.wait_ready(timeout_s=120)
        yield running


async def test_korean_speech_becomes_korean_text(whisper: Stack) -> None:
    async with wire(whisper.url()) as live:
        started = await live.until("session_started")
        await live.say("start_transcription", language="ko")
        await live.audio(to_pcm(syllables(4)), packet=3200, speed=2)
        await live.say("stop_transcription")
        await live.until("transcription_stopped", patience=120)

    assert started["engines"]["stt"]["name"] == "whisper"
    (said,) = live.of("transcription")
    assert (said["text"], said["language"]) == (TEXT, "ko")
    assert [word["word"] for word in said["words"]] == TEXT.split()
    times = [time for word in said["words"] for time in (word["start"], word["end"])]
    assert times == sorted(times)
    assert said["start"] <= times[0]
    assert times[-1] <= said["end"]


@pytest.mark.parametrize(
    "noise",
    [
        pytest.param(silence(60), id="digital silence"),
        pytest.param(white_noise(60), id="white noise"),
        pytest.param(clicks(60), id="clicks"),
    ],
)
async def test_whisper_is_never_asked_about_noise(whisper: Stack, noise: np.ndarray) -> None:
    async with wire(whisper.url()) as live:
        await live.say("start_transcription", language="ko")
        await live.audio(to_pcm(noise))
        await live.say("stop_transcription")
        await live.until("transcription_stopped", patience=120)

    assert not texts(live.events)
