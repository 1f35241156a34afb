"""Recordings dropped on the page, with everything real: browser, server, diarization."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from local_stack.demo import sample
from local_stack.stack import Stack
from tests.support.browser import Visit, chromium
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(300)

ANALYSING = "#phase[data-phase=analysing]"

KEPT = "sessionStorage.getItem('sori.job')"

DROP = """([name, data]) => {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
}"""


@pytest.fixture
def visit() -> Iterator[Visit]:
    with chromium() as browser:
        yield Visit(browser)


def drop(page: Page, path: Path) -> None:
    page.evaluate(DROP, [path.name, base64.b64encode(path.read_bytes()).decode()])


def job_of(page: Page) -> str:
    """The id of the job that the page follows, as soon as it has one."""
    eventually(lambda: page.evaluate(KEPT), timeout_s=30)
    return str(json.loads(page.evaluate(KEPT))["jobId"])


def result_of(hearing: Stack, job_id: str) -> dict[str, object]:
    found: dict[str, object] = httpx.get(f"{hearing.url()}/jobs/{job_id}/result").json()
    return found


def test_a_dropped_recording_becomes_a_conversation(hearing: Stack, visit: Visit) -> None:
    page = visit.open(hearing.url())
    page.check("#record")
    drop(page, sample())
    progress = page.locator("#progress")
    expect(progress).to_be_visible()
    expect(page.locator("#phase")).to_contain_text(sample().name)
    job_id = job_of(page)
    eventually(lambda: progress.evaluate("(bar) => bar.value >= 8"), timeout_s=60)
    expect(page.locator(".final")).to_be_visible(timeout=60_000)
    expect(progress).to_be_hidden()

    segments = result_of(hearing, job_id)["segments"]
    assert isinstance(segments, list)
    assert page.locator(".bubble").all_text_contents() == [each["text"] for each in segments]
    assert {*page.locator(".item .name").all_text_contents()} == {"화자 1", "화자 2"}
    expect(page.locator(".legend li")).to_have_count(2)
    page.click("#export summary")
    with page.expect_download() as download:
        page.click("#export [data-format=json]")
    exported = json.loads(Path(download.value.path()).read_text())["segments"]
    assert [(each["start"], each["end"], each["speaker_id"]) for each in exported] == [
        (each["start_time"], each["end_time"], int(each["speaker"]["speaker_id"][-2:]))
        for each in segments
    ]

    page.evaluate("HTMLMediaElement.prototype.play = async function() { window.heard = this }")
    page.locator(".item").nth(1).press("Enter")
    eventually(lambda: page.evaluate("window.heard?.readyState > 0"))
    began = page.evaluate("window.heard.currentTime")
    assert began == pytest.approx(segments[1]["start_time"] - 0.15, abs=0.05)
    assert visit.complaints == []


def test_a_job_is_found_again_after_a_reload(hearing: Stack, visit: Visit) -> None:
    page = visit.open(hearing.url())
    page.set_input_files("#file", sample())
    job_id = job_of(page)
    page.reload()
    page.wait_for_selector(ANALYSING)
    expect(page.locator(".final")).to_be_visible(timeout=60_000)
    segments = result_of(hearing, job_id)["segments"]
    assert isinstance(segments, list)
    expect(page.locator(".bubble")).to_have_count(len(segments))
    assert page.evaluate(KEPT) is None


def test_a_cancelled_recording_is_cancelled_at_the_server(hearing: Stack, visit: Visit) -> None:
    page = visit.open(hearing.url())
    page.set_input_files("#file", sample())
    job_id = job_of(page)
    page.get_by_role("button", name="취소").click()
    page.wait_for_selector("#start:not([hidden])")

    def status() -> str:
        return str(httpx.get(f"{hearing.url()}/jobs/{job_id}").json()["status"])

    eventually(lambda: status() == "cancelled")
    expect(page.locator("#progress")).to_be_hidden()
    expect(page.locator(".item")).to_have_count(0)
    expect(page.locator(".banner")).to_have_count(0)
    page.set_input_files("#file", sample())
    page.wait_for_selector(ANALYSING)


def test_what_is_no_recording_is_told(hearing: Stack, visit: Visit, tmp_path: Path) -> None:
    path = tmp_path / "letter.wav"
    path.write_text("no sound at all")
    page = visit.open(hearing.url())
    drop(page, path)
    expect(page.locator(".banner")).to_have_text("이 파일에서 소리를 읽을 수 없습니다.닫기")
    page.wait_for_selector("#start:not([hidden])")
    assert visit.complaints == []
