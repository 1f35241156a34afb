"""What the page says when there is no microphone for it."""

from playwright.sync_api import expect

from tests.support.browser import Visit, chromium
from tests.web.rehearsal import Rehearsal


def test_a_denied_microphone_is_told_with_what_to_do(stage: Rehearsal) -> None:
    with chromium(allow_microphone=False) as browser:
        visit = Visit(browser, {"permissions": []})
        page = visit.open(stage.url)
        page.click("#start")
        banner = page.locator(".banner[data-id=microphone]")
        expect(banner).to_contain_text("마이크 사용이 거부되었습니다.")
        expect(banner).to_contain_text("주소창")
        expect(page.locator("#start")).to_be_enabled()
        assert stage.heard == []
        assert visit.complaints == []
