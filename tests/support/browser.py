"""A real Chromium with a microphone that plays a file."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

import bench.browser

PATIENCE_MS = 30_000
"""For whatever is to appear on a page: a busy machine draws late."""


@contextmanager
def chromium(speech: Path | None = None, *, allow_microphone: bool = True) -> Iterator[Browser]:
    """As in bench.browser; the test is skipped where none is installed."""
    expect.set_options(timeout=PATIENCE_MS)
    try:
        with bench.browser.chromium(speech, allow_microphone=allow_microphone) as browser:
            yield browser
    except bench.browser.BrowserMissingError as error:
        pytest.skip(str(error))


class Visit:
    """A page that was opened, and everything in it that should not be."""

    def __init__(self, browser: Browser, options: Mapping[str, object] | None = None) -> None:
        settings = {"locale": "ko-KR", "viewport": {"width": 1360, "height": 850}}
        self.context = browser.new_context(**{**settings, **(options or {})})
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        """Errors and warnings of the console, uncaught exceptions."""
        self.requests: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._request)

    def open(self, url: str) -> Page:
        """Go there, and wait until the server has welcomed the page."""
        self.page.goto(url)
        self.page.wait_for_selector("#status[data-state=open]")
        return self.page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)
