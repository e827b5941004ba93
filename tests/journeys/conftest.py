"""One server and one browser for the journeys that need no settings of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.browser import open_browser
from tests.live import LiveServer, running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    quick = {"COACHROOM_GRACE_SECONDS": "4", "COACHROOM_PRACTICE_KEEPS_AUDIO": "true"}
    with running_server(tmp_path_factory.mktemp("journeys"), quick) as live:
        yield live


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()
