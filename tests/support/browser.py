"""A real Chromium with a microphone that plays a file."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

FLAGS = [
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
]


@contextmanager
def chromium(speech: Path | None = None, *, allow_microphone: bool = True) -> Iterator[Browser]:
    """A browser; `speech`, a WAV file, is what its microphone hears, over and over."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no chromium is installed: scripts/setup_checks installs it")
    flags = [*FLAGS]
    if allow_microphone:
        flags.append("--use-fake-ui-for-media-stream")
    if speech is not None:
        flags.append(f"--use-file-for-fake-audio-capture={speech}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        try:
            yield browser
        finally:
            browser.close()


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
