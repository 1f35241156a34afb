"""A real Chromium whose microphone plays a file."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS: Final = (
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
)


class BrowserMissingError(Exception):
    """No Chromium is installed."""


@contextmanager
def chromium(speech: Path | None = None, *, allow_microphone: bool = True) -> "Iterator[Browser]":
    """A browser; `speech`, a WAV file, is what its microphone hears, over and over.

    Raises BrowserMissingError.
    """
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise BrowserMissingError("no chromium is installed: scripts/setup_checks installs it")
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
