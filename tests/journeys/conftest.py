"""Servers by their settings and browsers by their devices, each started once for all journeys that need it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.journeys.browser import DENIED, DEVICES, GRANTED, Witness, chromium, one_person
from tests.open_server import OpenServer, open_server

QUICK = {"COACHROOM_GRACE_SECONDS": "3", "COACHROOM_PRACTICE_KEEPS_AUDIO": "true"}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenServer]:
    """Practice coach, demo people, the self-view through the server."""
    with open_server(tmp_path_factory.mktemp("webrtc"), QUICK) as live:
        yield live


@pytest.fixture(scope="session")
def local_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenServer]:
    """The self-view stays in the browser, and sessions are short."""
    short = {"COACHROOM_SESSION_MINUTES": "0.2", "COACHROOM_WRAP_UP_SECONDS": "8"}
    local = QUICK | short | {"COACHROOM_SELF_VIEW": "local"}
    with open_server(tmp_path_factory.mktemp("local"), local) as live:
        yield live


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """With a camera and a microphone that beeps twice a second, both allowed."""
    with chromium(playwright, DEVICES, GRANTED) as started:
        yield started


@pytest.fixture
def denying_browser(playwright: Playwright) -> Iterator[Browser]:
    """Its owner says no to camera and microphone."""
    with chromium(playwright, DEVICES, DENIED) as started:
        yield started


@pytest.fixture
def bare_browser(playwright: Playwright) -> Iterator[Browser]:
    """There is neither camera nor microphone."""
    with chromium(playwright, GRANTED) as started:
        yield started


@pytest.fixture(autouse=True)
def clean_start(request: pytest.FixtureRequest) -> None:
    """A journey that failed must not trip up the next one."""
    for name in {"server", "local_server"} & set(request.fixturenames):
        request.getfixturevalue(name).end_open_sessions()


@pytest.fixture
def person(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody's browser; in the end nothing may have gone wrong in it."""
    with one_person(browser) as context:
        witness = Witness(context)
        yield context
        assert witness.seen == []


@pytest.fixture
def page(person: BrowserContext) -> Page:
    return person.new_page()


@pytest.fixture
def other_person(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody else's browser, or one in which errors are to be expected."""
    with one_person(browser) as context:
        yield context
