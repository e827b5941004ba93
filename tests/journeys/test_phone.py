"""The app on a phone: it can be installed, says so when the server is away, and keeps no page on the device."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.journeys.browser import FLAGS
from tests.journeys.steps import begin_session, coach_says, sign_in, type_to_coach
from tests.open_server import OpenServer, open_server, until
from tools.ensure_browser import find_browser

IN_CONTROL = "() => navigator.serviceWorker?.controller?.state === 'activated'"
KEPT = """async () => {
  const names = await caches.keys();
  const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return requests.flat().map(({ url }) => new URL(url).pathname);
}"""


def port_of(server: OpenServer) -> int:
    return int(server.url.rsplit(":", 1)[1])


def test_chromium_finds_nothing_in_the_way_of_installing_the_app(
    playwright: Playwright, server: OpenServer, tmp_path: Path
) -> None:
    # Not in a context of its own: in those, as in private windows, nothing can be installed.
    with playwright.chromium.launch_persistent_context(
        tmp_path, executable_path=find_browser(), args=list(FLAGS)
    ) as context:
        page = context.pages[0]
        page.goto(server.url)
        page.wait_for_function(IN_CONTROL)
        browser = context.new_cdp_session(page)
        manifest = browser.send("Page.getAppManifest")
        assert manifest["url"] == f"{server.url}/app.webmanifest"
        assert manifest["errors"] == []
        assert browser.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


def test_a_client_talks_with_the_coach_while_the_worker_is_in_control(page: Page, server: OpenServer) -> None:
    name = server.new_client()
    sign_in(page, server.url, name)
    page.wait_for_function(IN_CONTROL)
    begin_session(page, server, name)
    assert page.evaluate(IN_CONTROL)
    type_to_coach(page, "I want to sleep better")
    coach_says(page, "sleep better")
    assert page.evaluate(KEPT) == ["/offline"]


def test_where_the_server_is_away_a_page_says_so_and_the_way_back_is_one_tap(
    other_person: BrowserContext, tmp_path: Path
) -> None:
    page = other_person.new_page()
    with open_server(tmp_path) as server:
        sign_in(page, server.url, "Ana Silva")
        page.wait_for_function(IN_CONTROL)
        page.goto(f"{server.url}/Goals")
        expect(page.get_by_role("heading", name="Your goals")).to_be_visible()
        assert page.evaluate(KEPT) == ["/offline"]
    page.goto(f"{server.url}/Goals")
    expect(page.get_by_role("heading", name="Your coaching room cannot be reached")).to_be_visible()
    with open_server(tmp_path, port=port_of(server)):
        page.get_by_role("link", name="Try again").click()
        expect(page.get_by_role("heading", name="Your goals")).to_be_visible()


def test_a_worker_that_is_switched_off_leaves_the_browser(other_person: BrowserContext, tmp_path: Path) -> None:
    page = other_person.new_page()
    with open_server(tmp_path) as server:
        page.goto(server.url)
        page.wait_for_function(IN_CONTROL)
    with open_server(tmp_path, {"COACHROOM_SERVICE_WORKER": "false"}, port_of(server)):
        page.goto(server.url)
        gone = "async () => (await navigator.serviceWorker.getRegistrations()).length === 0"
        until(lambda: page.evaluate(gone))
        until(lambda: page.evaluate(KEPT) == [])
