"""The page in a real browser: what it shows of what a server says."""

import json
import statistics
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Visit
from tests.web.rehearsal import SESSION, Rehearsal
from tests.web.script import ENGLISH, KOREAN, started, transcription

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"


def tell_conversation(stage: Rehearsal, lines: list[Any] = KOREAN) -> None:
    stage.tell(*(transcription(number, *line) for number, line in enumerate(lines)))


def test_a_conversation_is_shown_left_and_right(talking: Page, stage: Rehearsal) -> None:
    tell_conversation(stage)
    rows = talking.locator(".item")
    expect(rows).to_have_count(len(KOREAN))
    assert talking.locator(".bubble").all_inner_texts() == [line[2] for line in KOREAN]
    sides = rows.evaluate_all("rows => rows.map(row => row.dataset.side)")
    assert sides == ["right" if line[0] else "left" for line in KOREAN]
    firsts = rows.evaluate_all("rows => rows.map(row => row.classList.contains('first'))")
    assert firsts == [True, True, False, True, False, True, True, True, True]
    expect(talking.locator(".day")).to_have_count(1)
    expect(talking.locator(".summary").first).to_have_text("긍정: 5회 71% / 부정: 2회 29%")


def test_escape_stops(talking: Page, stage: Rehearsal) -> None:
    tell_conversation(stage)
    talking.keyboard.press("Escape")
    expect(talking.locator("#start")).to_be_visible()
    assert [message["type"] for message in stage.heard] == [
        "start_transcription",
        "stop_transcription",
    ]
    assert stage.samples > 0
    expect(talking.locator(".final")).to_be_visible()


def test_interim_text_settles_into_a_bubble(talking: Page, stage: Rehearsal) -> None:
    stage.tell({"type": "speech_started", "utterance_id": 1, "time": 0.2})
    expect(talking.locator(".interim.waiting")).to_have_count(1)
    text = KOREAN[0][2]
    stage.tell({"type": "partial", "utterance_id": 1, "text": text[:12], "stable_chars": 5})
    expect(talking.locator(".interim .settled")).to_have_text(text[:5])
    expect(talking.locator(".interim .open")).to_have_text(text[5:12])
    stage.tell(transcription(0, *KOREAN[0]))
    expect(talking.locator(".interim")).to_have_count(0)
    expect(talking.locator(".bubble")).to_have_text([text])


def test_a_corrected_speaker_moves_the_bubble(talking: Page, stage: Rehearsal) -> None:
    tell_conversation(stage)
    stage.tell(
        {
            "type": "speaker_updated",
            "segment_ids": ["4.1", "5.1"],
            "speaker_id": 1,
            "speaker": "준호",
        }
    )
    moved = talking.locator(f'[data-key="{SESSION}/5.1"]')
    expect(moved).to_have_attribute("data-side", "right")
    names = talking.locator(".item.first .name").all_inner_texts()
    assert names == ["미나", "준호", "미나", "준호", "미나"]


def test_markup_in_a_text_is_text(talking: Page, stage: Rehearsal, visit: Visit) -> None:
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    stage.tell(transcription(0, 0, attack, attack))
    stage.tell({"type": "warning", "code": "NEW", "message": attack, "retryable": False})
    expect(talking.locator(".bubble")).to_have_text([attack])
    assert talking.locator(".bubble *, .name *, .banner img").count() == 0
    assert talking.title() == "소리 — 누가 무엇을 말했는지"
    assert not any("/x" in url for url in visit.requests)


def test_the_reader_is_not_pulled_away(talking: Page, stage: Rehearsal) -> None:
    for start in range(0, 90, 9):
        stage.tell(*(transcription(start + n, *line) for n, line in enumerate(KOREAN)))
    expect(talking.locator(".item")).to_have_count(90)
    expect(talking.locator(".bubble").last).to_be_in_viewport()
    talking.locator("#chat").focus()
    talking.locator("#chat").evaluate("chat => { chat.scrollTop = 200; }")
    expect(talking.locator(f'[data-key="{SESSION}/3.1"]')).to_be_in_viewport()
    stage.tell(transcription(90, *KOREAN[0]), transcription(91, *KOREAN[1]))
    expect(talking.locator("#newest")).to_have_text("새 메시지 2개")
    expect(talking.locator(".bubble").last).not_to_be_in_viewport()
    talking.click("#newest")
    expect(talking.locator(".bubble").last).to_be_in_viewport()
    expect(talking.locator("#newest")).to_be_hidden()


def test_enrolment_tells_how_far_it_is_and_how_it_went(page: Page, stage: Rehearsal) -> None:
    stage.prompts["start_speaker_registration"] = [
        {"type": "speaker_registration_started", "speaker_id": 0, "message": ""},
        {
            "type": "speaker_registration_progress",
            "speaker_id": 0,
            "speech_seconds": 1.5,
            "needed_seconds": 3,
        },
    ]
    card = page.locator(".card").first
    card.locator("input").fill("미나")
    card.get_by_role("button", name="목소리 등록하기").click()
    expect(card.locator(".state")).to_have_text("1.5초 / 3초")
    assert stage.heard == [{"type": "start_speaker_registration", "speaker_id": 0, "name": "미나"}]
    stage.prompts["complete_speaker_registration"] = [
        {
            "type": "speaker_registration_failed",
            "speaker_id": 0,
            "code": "several_voices",
            "message": "",
        }
    ]
    enough = {"type": "speaker_registration_progress", "speaker_id": 0, "speech_seconds": 3.1}
    stage.tell(enough | {"needed_seconds": 3})
    expect(card).to_have_attribute("data-stage", "failed")
    expect(card.locator(".state")).to_contain_text("여러 사람의 목소리")
    expect(card.get_by_role("button", name="다시 등록하기")).to_be_enabled()
    stage.prompts["complete_speaker_registration"] = [
        {
            "type": "speaker_registration_completed",
            "speaker_id": 0,
            "message": "",
            "speech_seconds": 3.4,
            "quality": 0.83,
        }
    ]
    card.locator(".enrol").click()
    expect(card).to_have_attribute("data-stage", "listening")
    stage.tell(enough | {"needed_seconds": 3})
    expect(card).to_have_attribute("data-stage", "done")
    expect(card.locator(".state")).to_have_text("화자 1번 등록이 완료되었습니다. 품질 83%")
    expect(card.locator(".badge")).to_contain_text("✅")


def test_voices_of_the_registry_take_the_first_places(page: Page, stage: Rehearsal) -> None:
    stage.registry = [{"speaker_id": "mina", "name": "미나"}, {"speaker_id": "k7", "name": None}]
    page.reload()
    page.click("#registry-open")
    page.get_by_role("checkbox", name="k7").check()
    page.get_by_role("checkbox", name="미나").check()
    page.click("#registry-use")
    expect(page.locator(".card input").nth(0)).to_have_value("k7")
    assert stage.hears("use_speakers")["speakers"] == ["k7", "mina"]


def test_five_thousand_bubbles_stay_smooth_and_small(talking: Page, stage: Rehearsal) -> None:
    cdp = talking.context.new_cdp_session(talking)
    cdp.send("Performance.enable")
    for start in range(0, 5000, 100):
        stage.tell(*(transcription(start + n, *ENGLISH[n % 9]) for n in range(100)))
    expect(talking.locator(".item")).to_have_count(5000, timeout=60_000)
    cdp.send("HeapProfiler.collectGarbage")
    metrics = {m["name"]: m["value"] for m in cdp.send("Performance.getMetrics")["metrics"]}
    assert metrics["JSHeapUsedSize"] < 30e6
    # Time of the processor, not of the clock: it is the same on a busy machine.
    assert statistics.median(frame_costs(talking, "chat.scrollTop -= 120")) < 20
    for start in range(5000, 7000, 100):
        stage.tell(*(transcription(start + n, *ENGLISH[n % 9]) for n in range(100)))
    expect(talking.locator("#chat-note")).to_contain_text("앞선 메시지", timeout=60_000)
    assert talking.locator(".item").count() <= 6000


def frame_costs(page: Page, act: str) -> list[float]:
    """Milliseconds of the main thread's processor time for each frame while `act` runs in each."""
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=["cc", "toplevel"])
    page.evaluate(
        f"""() => new Promise((done) => {{
          const chat = document.querySelector("#chat");
          let frames = 0;
          const step = () => {{
            {act};
            frames += 1;
            frames < 60 ? requestAnimationFrame(step) : done();
          }};
          requestAnimationFrame(step);
        }})"""
    )
    events = json.loads(browser.stop_tracing())["traceEvents"]
    costs = [
        event["tdur"] / 1000
        for event in events
        if event["name"] == "ProxyMain::BeginMainFrame" and event["ph"] == "X"
    ]
    assert len(costs) > 30
    return costs


def test_bubbles_do_not_shift_the_page(talking: Page, stage: Rehearsal) -> None:
    talking.evaluate(
        """() => { window.shifts = 0; new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) window.shifts += entry.value;
        }).observe({ type: "layout-shift", buffered: false }); }"""
    )
    for number, line in enumerate(KOREAN * 3):
        stage.tell({"type": "speech_started", "utterance_id": number + 1, "time": 0})
        stage.tell(
            {"type": "partial", "utterance_id": number + 1, "text": line[2], "stable_chars": 3}
        )
        expect(talking.locator(".interim")).to_have_count(1)
        stage.tell(transcription(number, *line))
        expect(talking.locator(".item")).to_have_count(number + 1)
    assert talking.evaluate("window.shifts") < 0.1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1360])
def test_axe_finds_nothing(browser: Browser, stage: Rehearsal, theme: str, width: int) -> None:
    visit = Visit(browser, {"color_scheme": theme, "viewport": {"width": width, "height": 850}})
    page = visit.open(stage.url)
    assert violations(page) == []
    page.click("#start")
    page.wait_for_selector("[data-phase=live]")
    tell_conversation(stage)
    stage.tell({"type": "partial", "utterance_id": 20, "text": "네, 그럼", "stable_chars": 2})
    stage.tell({"type": "warning", "code": "BEHIND", "message": "", "retryable": True})
    expect(page.locator(".interim")).to_have_count(1)
    assert violations(page) == []
    page.click("#export summary")
    for tab in ["speakers", "statistics"] if width < 720 else []:
        page.click(f".tabs [data-tab={tab}]")
        assert violations(page) == []
    visit.context.close()


def violations(page: Page) -> list[str]:
    """What axe has to say, a line for each rule and place."""
    page.evaluate(AXE.read_text())
    result = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]


def test_the_keyboard_is_enough(page: Page, stage: Rehearsal) -> None:
    page.locator("#start").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-phase=live]")
    expect(page.locator("#stop")).to_be_focused()
    tell_conversation(stage)
    expect(page.locator(".item")).to_have_count(len(KOREAN))
    page.locator("#chat").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".item").last).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".item").nth(-2)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#start")).to_be_visible()


def test_words_follow_the_language(page: Page, stage: Rehearsal) -> None:
    expect(page.locator("#start")).to_have_text("대화 전사 시작하기")
    page.select_option("#language", "en")
    expect(page.locator("#start")).to_contain_text("Start transcribing")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.locator("#start")).to_contain_text("Start transcribing")


def test_what_was_exported_is_what_was_shown(talking: Page, stage: Rehearsal) -> None:
    tell_conversation(stage)
    expect(talking.locator(".item")).to_have_count(len(KOREAN))
    for name in ["txt", "srt", "vtt", "json"]:
        talking.click("#export summary")
        with talking.expect_download() as download:
            talking.click(f"#export [data-format={name}]")
        text = Path(download.value.path()).read_text()
        assert all(line[2] in text for line in KOREAN)


def test_a_second_transcription_goes_on_below_the_first(talking: Page, stage: Rehearsal) -> None:
    tell_conversation(stage)
    talking.keyboard.press("Escape")
    expect(talking.locator("#start")).to_be_visible()
    stage.prompts["start_transcription"] = [started()]
    talking.click("#start")
    talking.wait_for_selector("[data-phase=live]")
    stage.tell(transcription(50, *KOREAN[0]))
    expect(talking.locator(".item")).to_have_count(len(KOREAN) + 1)
