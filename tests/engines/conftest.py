"""Firefox, its loudspeaker and the app that visits share; the steps are those of the journeys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.engines.firefox import LEAVING, firefox
from tests.engines.sound import Speaker
from tests.engines.sound import speaker as quiet_speaker
from tests.journeys.browser import Witness, one_person
from tests.journeys.shared import SharedApps, shared_apps
from tests.open_server import OpenServer

# With the small demo community, and the patience of real life: who reloads a page may take their time.
SETTINGS = {"COACHROOM_DEMO_COMMUNITY": "true", "COACHROOM_PRACTICE_KEEPS_AUDIO": "true"}


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedApps]:
    with shared_apps(tmp_path_factory.mktemp("apps")) as apps:
        yield apps


@pytest.fixture(scope="session")
def server(apps: SharedApps) -> OpenServer:
    return apps.with_settings(SETTINGS)


@pytest.fixture(autouse=True)
def clean_start(apps: SharedApps) -> None:
    """A visit that failed must not trip up the next one."""
    apps.tidy_up()


@pytest.fixture(scope="session")
def speaker() -> Iterator[Speaker]:
    with quiet_speaker() as speaker:
        yield speaker


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright, speaker: Speaker) -> Iterator[Browser]:
    with firefox(playwright, speaker.environment) as browser:
        yield browser


@pytest.fixture
def person(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody's Firefox; in the end nothing may have gone wrong in it."""
    with one_person(browser) as context:
        witness = Witness(context, LEAVING)
        yield context
        assert witness.seen == []


@pytest.fixture
def page(person: BrowserContext) -> Page:
    return person.new_page()
