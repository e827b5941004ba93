"""The apps and the browsers that all journeys share. A new journey takes what it needs like this:

- `server` and `page`: the app with its usual settings, and a tab in a browser with camera and microphone. Both run
  already; the tab stands in a browser context of the test's own, which knows no cookie and no page of other tests.
- `begin_session(page, server)` and `server.new_client()` make a client of the test's own, who has never been here and
  is gone after the test. So no journey depends on what another one did or left open.
- Other settings: a fixture with `scope="session"` that returns `apps.with_settings({...})`. Journeys that name the
  same settings get the same running app. Look first whether one of the fixtures below has them.
- Other devices: a fixture that returns `browsers.with_flags(...)`, and `one_person(...)` for the context in it.
- An app of its own, for a journey that stops it or changes it for good: `with open_server(tmp_path, {...}) as app`.
  It takes some seconds to start.
- What a journey changes for all (a banner, a fault of the practice coach) it puts back.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.journeys.browser import DENIED, DEVICES, GRANTED, Witness, one_person
from tests.journeys.shared import SharedApps, SharedBrowsers, shared_apps, shared_browsers
from tests.open_server import OpenServer

QUICK = {"COACHROOM_GRACE_SECONDS": "3", "COACHROOM_PRACTICE_KEEPS_AUDIO": "true"}
LOCAL = QUICK | {"COACHROOM_SELF_VIEW": "local"}
# Human coaches may join. Where a page is loaded again, nobody is taken for gone.
LIVE = QUICK | {"COACHROOM_LIVE_COACH": "true", "COACHROOM_GRACE_SECONDS": "20"}
HURRIED = LOCAL | {"COACHROOM_SESSION_MINUTES": "0.2", "COACHROOM_WRAP_UP_SECONDS": "8"}


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedApps]:
    """Apps by their settings."""
    with shared_apps(tmp_path_factory.mktemp("apps")) as apps:
        yield apps


@pytest.fixture(scope="session")
def server(apps: SharedApps) -> OpenServer:
    """The app of most journeys: practice coach, demo people, the self-view through the server."""
    return apps.with_settings(QUICK)


@pytest.fixture(scope="session")
def local_server(apps: SharedApps) -> OpenServer:
    """The self-view stays in the browser."""
    return apps.with_settings(LOCAL)


@pytest.fixture(scope="session")
def hurried(apps: SharedApps) -> OpenServer:
    """Its sessions are over after twelve seconds."""
    return apps.with_settings(HURRIED)


@pytest.fixture(scope="session")
def community(apps: SharedApps) -> OpenServer:
    """With the small demo community and all pages, and with the patience of real life: who is cut off has the usual
    time."""
    return apps.with_settings({"COACHROOM_DEMO_COMMUNITY": "true", "COACHROOM_APPOINTMENTS": "true"})


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browsers(playwright: Playwright) -> Iterator[SharedBrowsers]:
    """Browsers by their flags."""
    with shared_browsers(playwright) as browsers:
        yield browsers


@pytest.fixture(scope="session")
def browser(browsers: SharedBrowsers) -> Browser:
    """With a camera and a microphone that beeps twice a second, both allowed."""
    return browsers.with_flags(DEVICES, GRANTED)


@pytest.fixture(scope="session")
def denying_browser(browsers: SharedBrowsers) -> Browser:
    """Its owner says no to camera and microphone."""
    return browsers.with_flags(DEVICES, DENIED)


@pytest.fixture(scope="session")
def bare_browser(browsers: SharedBrowsers) -> Browser:
    """There is neither camera nor microphone."""
    return browsers.with_flags(GRANTED)


@pytest.fixture(autouse=True)
def clean_start(apps: SharedApps) -> None:
    """A journey that failed must not trip up the next one."""
    apps.tidy_up()


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
