"""The page, with everything real: browser, microphone, WebSocket, stack."""

import json
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from playwright.sync_api import Page, WebSocket, expect

from bench.instant import fingerprint
from contract.audio import SAMPLE_RATE
from local_stack.stack import Stack
from tests.end_to_end.conftest import INSTANT
from tests.support.browser import Visit, chromium
from tests.support.sounds import RATE, read_speech, silence, syllables

MICROPHONE_RATE = 48_000


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """What the microphone hears over and over: sentences of different lengths, and pauses."""
    parts = [part for n in range(5) for part in (syllables(2 + n % 3, n), silence(0.9))]
    audio = np.repeat(np.concatenate(parts), MICROPHONE_RATE // SAMPLE_RATE)
    path = tmp_path / "speech.wav"
    soundfile.write(path, audio, MICROPHONE_RATE)
    return path


def overhear(path: Path, *parts: NDArray[np.floating]) -> None:
    """What a microphone hears that is opened from now on."""
    soundfile.write(path, np.concatenate(parts), SAMPLE_RATE)


class Sent:
    """The audio that the page sent, pieced together over its connections."""

    def __init__(self, page: Page) -> None:
        self.pcm = bytearray()
        self.connections = 0
        page.on("websocket", self._connect)

    def _connect(self, socket: WebSocket) -> None:
        place = -1

        def told(frame: Any) -> None:
            nonlocal place
            if '"session_resumed"' in str(frame):
                place = 2 * int(str(frame).split('"samples_received":')[1].split(",")[0])
            elif '"transcription_started"' in str(frame):
                place = 0

        def sent(frame: Any) -> None:
            nonlocal place
            if not isinstance(frame, bytes) or place < 0:
                return
            again = min(len(frame), len(self.pcm) - place)
            assert self.pcm[place : place + again] == frame[:again], "sent again, and different"
            self.pcm += frame[max(0, again) :]
            place += len(frame)

        self.connections += 1
        socket.on("framereceived", told)
        socket.on("framesent", sent)


@pytest.fixture
def visit(speech: Path) -> Iterator[Visit]:
    with chromium(speech) as browser:
        yield Visit(browser)


def bubbles(page: Page) -> list[str]:
    """The texts of the conversation, in order."""
    return page.locator(".bubble").all_text_contents()


def start(page: Page) -> None:
    page.click("#start")
    page.wait_for_selector("[data-phase=live]", timeout=30_000)


def stop(page: Page) -> None:
    page.keyboard.press("Escape")
    page.wait_for_selector("#start:not([hidden])", timeout=30_000)


def test_from_permission_to_export(stack: Stack, visit: Visit) -> None:
    page = visit.open(stack.url())
    card = page.locator(".card").first
    card.locator("input").fill("미나")
    card.get_by_role("button", name="목소리 등록하기").click()
    expect(card).to_have_attribute("data-stage", "done", timeout=30_000)
    start(page)
    expect(page.locator(".item")).not_to_have_count(0, timeout=30_000)
    expect(page.locator(".item .name").first).to_have_text("미나")
    stop(page)
    shown = bubbles(page)
    expect(page.locator(".final")).to_be_visible()
    for name in ["txt", "srt", "vtt", "json"]:
        page.click("#export summary")
        with page.expect_download() as download:
            page.click(f"#export [data-format={name}]")
        text = Path(download.value.path()).read_text()
        assert all(said in text for said in shown)
    assert visit.complaints == []


def test_a_gateway_that_dies_costs_no_word(stack: Stack, visit: Visit) -> None:
    sent = Sent(visit.page)
    page = visit.open(stack.url())
    start(page)
    expect(page.locator(".item")).not_to_have_count(0, timeout=30_000)
    stack.kill("gateway")
    page.wait_for_selector("#status[data-state=lost], #status[data-state=connecting]")
    page.wait_for_selector("#status[data-state=open]", timeout=60_000)
    said = page.locator(".item").count()
    expect(page.locator(".item").nth(said + 1)).to_be_attached(timeout=60_000)
    stop(page)

    assert sent.connections >= 2
    audio = np.frombuffer(bytes(sent.pcm), "<i2").astype(np.float32) / 32_768
    page.click("#export summary")
    with page.expect_download() as download:
        page.click("#export [data-format=json]")
    segments = segments_of(Path(download.value.path()))
    assert [segment["text"] for segment in segments] == [
        " ".join(
            fingerprint(audio[round(s["start"] * SAMPLE_RATE) : round(s["end"] * SAMPLE_RATE)])
        )
        for s in segments
    ]
    gaps = [b["start"] - a["end"] for a, b in pairwise(segments)]
    assert all(0 <= gap < 1.5 for gap in gaps), "a sentence is missing, or came twice"


@pytest.mark.data
def test_two_enrolled_voices_talk(hearing: Stack, tmp_path: Path, speech_data: Path) -> None:
    readers = speech_data / "speech/en/librispeech"
    voices = [
        [read_speech(file) for file in sorted((readers / name).rglob("*.flac"))]
        for name in ("1688", "2033")
    ]
    microphone = tmp_path / "microphone.wav"
    overhear(microphone, silence(1))
    with chromium(microphone) as browser:
        visit = Visit(browser)
        page = visit.open(hearing.url())
        names = ["미나", "준호"]
        for card, voice, name in zip(page.locator(".card").all(), voices, names, strict=True):
            overhear(microphone, *voice[:2])
            card.locator("input").fill(name)
            card.get_by_role("button", name="목소리 등록하기").click()
            expect(card).to_have_attribute("data-stage", "done", timeout=30_000)
        turns = [said for both in zip(voices[0][2:4], voices[1][2:4], strict=True) for said in both]
        overhear(microphone, *(part for turn in turns for part in (turn[: 4 * RATE], silence(0.8))))
        start(page)
        expect(page.locator(".item").nth(5)).to_be_attached(timeout=60_000)
        stop(page)
        shown = page.locator(".item .name").all_text_contents()
        assert [name for name, _ in groupby(shown)][:3] == ["미나", "준호", "미나"]
        assert visit.complaints == []


def segments_of(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["segments"]
    return found


def test_a_full_server_is_told_and_tried_again(tmp_path: Path, visit: Visit) -> None:
    with Stack(tmp_path / "stack", {**INSTANT, "MAX_SESSIONS": "1"}) as small:
        small.wait_ready(timeout_s=90)
        first = visit.context.new_page()
        first.goto(small.url())
        first.wait_for_selector("#status[data-state=open]")
        page = visit.page
        page.goto(small.url())
        banner = page.locator(".banner[data-id=link]")
        expect(banner).to_contain_text("자리가 없습니다")
        first.close()
        page.wait_for_selector("#status[data-state=open]", timeout=60_000)
        expect(banner).to_have_count(0)
