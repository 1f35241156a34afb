"""`make screenshots`: the page on a phone and a desk, light and dark, Korean and English."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.support.browser import Visit, chromium
from tests.web.rehearsal import Rehearsal, rehearsal
from tests.web.script import ENGLISH, KOREAN, started, transcription

DESK = {"width": 1360, "height": 850}
PHONE = {"width": 390, "height": 844}
NOW = 9
"""Utterances that are said; the last one is on its way."""

PICTURES = {
    "desk-light-ko": (DESK, "light", "ko-KR"),
    "desk-dark-en": (DESK, "dark", "en-US"),
    "phone-light-en": (PHONE, "light", "en-US"),
    "phone-dark-ko": (PHONE, "dark", "ko-KR"),
}


def main(folder: Path) -> None:
    """Write the pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with rehearsal() as stage, chromium() as browser:
        stage.prompts = {"start_transcription": [started()]}
        for name, (size, theme, locale) in PICTURES.items():
            visit = Visit(
                browser,
                {
                    "viewport": size,
                    "color_scheme": theme,
                    "locale": locale,
                    "timezone_id": "Asia/Seoul",
                    "device_scale_factor": 2 if size is PHONE else 1,
                },
            )
            take(visit.open(stage.url), stage, KOREAN if locale == "ko-KR" else ENGLISH)
            visit.page.screenshot(path=folder / f"{name}.png")
            visit.context.close()
        monitor(browser, stage, folder)


def take(page: Page, stage: Rehearsal, lines: list[tuple[int, str, str, str, float]]) -> None:
    """Play the conversation up to the middle of its last line."""
    for speaker_id, (_, name, *_rest) in enumerate(lines[:2]):
        page.locator(".card input").nth(speaker_id).evaluate(
            "(input, name) => { input.value = name;"
            " input.dispatchEvent(new Event('input', { bubbles: true })); }",
            name,
        )
        stage.tell(
            {
                "type": "speaker_registration_completed",
                "speaker_id": speaker_id,
                "message": "",
                "speech_seconds": 3.6,
                "quality": 0.9 - speaker_id / 20,
            }
        )
    page.click("#start")
    page.wait_for_selector("[data-phase=live]")
    stage.tell(*(transcription(number, *line) for number, line in enumerate(lines[:-1])))
    text = lines[-1][2]
    stage.tell(
        {"type": "partial", "utterance_id": NOW, "text": text[:30], "stable_chars": 16},
    )
    page.wait_for_selector(".interim .open")
    page.wait_for_selector(".ring-chart .arc", state="attached")
    page.wait_for_timeout(700)  # the charts are drawn twice a second


def monitor(browser: Browser, stage: Rehearsal, folder: Path) -> None:
    """The page for operators."""
    stage.system = {
        "at": "2026-03-02T09:15:00+00:00",
        "sessions": 12,
        "speakers": 27,
        "utterances": 4180,
        "silent": 61,
        "failed": 0,
        "dropped": 2,
        "sentiment": {
            "positive": {"count": 1710, "share": 0.41},
            "negative": {"count": 640, "share": 0.15},
            "neutral": {"count": 1830, "share": 0.44},
        },
        "queues": {"stt_queue": 2, "stt_interim_queue": 1, "diarization_queue": 0},
        "workers": {"stt": 2, "diarization": 1, "sentiment": 1, "listener": 1},
        "latency_ms": {
            "total": {"p50": 910.0, "p95": 1480.0},
            "stt": {"p50": 410.0, "p95": 820.0},
            "delivery": {"p50": 1.1, "p95": 2.9},
        },
        "real_time_factor": 0.21,
    }
    visit = Visit(browser, {"viewport": DESK, "color_scheme": "light"})
    visit.page.goto(stage.url + "monitor")
    visit.page.wait_for_selector(".tile")
    visit.page.screenshot(path=folder / "monitor-light-ko.png")
    visit.context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
