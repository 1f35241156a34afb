"""A browser, and a stage for it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import Visit, chromium
from tests.web.rehearsal import Rehearsal, rehearsal
from tests.web.script import started, stopped


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium whose microphone beeps."""
    with chromium() as running:
        yield running


@pytest.fixture
def stage() -> Iterator[Rehearsal]:
    """A server that agrees to everything and says what the test tells it to say."""
    with rehearsal() as running:
        running.prompts = {"start_transcription": [started()], "stop_transcription": [stopped()]}
        yield running


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A visit to a page that may not complain, nor ask anybody else for anything."""
    visit = Visit(browser)
    yield visit
    assert visit.complaints == []
    origins = {url.split("/")[2] for url in visit.requests if url.startswith("http")}
    assert len(origins) <= 1
    visit.context.close()


@pytest.fixture
def page(visit: Visit, stage: Rehearsal) -> Page:
    """The page, connected to the stage."""
    return visit.open(stage.url)


@pytest.fixture
def talking(page: Page) -> Page:
    """The page while it transcribes."""
    page.click("#start")
    page.wait_for_selector("[data-phase=live]")
    return page
