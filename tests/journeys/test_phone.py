"""The app on a phone: it can be installed, says so when the server is away, and keeps no page on the device."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from coachroom.notifications.web_push import VapidKey
from tests.journeys.browser import FLAGS, one_person
from tests.journeys.conftest import QUICK
from tests.journeys.shared import SharedApps
from tests.journeys.steps import (
    at_rest,
    begin_session,
    coach_says,
    come_to_room,
    end_session,
    enter_room,
    press_sign_out,
    sign_in,
    type_to_coach,
)
from tests.notifications.push_house import PUSH_SUBSCRIPTION
from tests.open_server import OpenServer, address_of, open_server, until
from tools.ensure_browser import find_browser

IN_CONTROL = "() => navigator.serviceWorker?.controller?.state === 'activated'"
KEPT = """async () => {
  const names = await caches.keys();
  const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return requests.flat().map(({ url }) => new URL(url).pathname);
}"""


# A push service that answers, or never does: Chromium's own cannot be reached from a test.
PUSH_SERVICE = """
({ answers, keys }) => {
  const plain = (text) => atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = (text) => Uint8Array.from(plain(text), (sign) => sign.charCodeAt(0));
  window.asked_for_leave = 0;
  Notification.requestPermission = async () => { window.asked_for_leave += 1; return "granted"; };
  Object.defineProperty(Notification, "permission", { get: () => "granted" });
  let subscription = null;
  PushManager.prototype.getSubscription = async () => subscription;
  PushManager.prototype.subscribe = () => answers
    ? Promise.resolve(subscription = { endpoint: keys.endpoint, getKey: (name) => bytes(keys[name]).buffer,
        unsubscribe: async () => (subscription = null) })
    : new Promise(() => {});
}
"""
# The screen is kept on, and how often that was asked for.
WATCH_SCREEN = """
(() => {
  window.screens = [];
  const ask = navigator.wakeLock.request.bind(navigator.wakeLock);
  navigator.wakeLock.request = async (kind) => {
    const held = await ask(kind);
    window.screens.push(held);
    return held;
  };
})()
"""
OUT_OF_SIGHT = """async () => {
  for (const each of window.screens) await each.release();
  window.dispatchEvent(new Event("pageshow"));
}"""
KEPT_ON = "() => window.screens.filter((each) => !each.released).length"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
ON_HOME_SCREEN = "Object.defineProperty(navigator, 'standalone', { get: () => true })"
HANDHELD = {"has_touch": True, "is_mobile": True, "viewport": {"width": 360, "height": 740}}
SHOW = "Show notifications on this device"


@pytest.fixture(scope="session")
def notifying(apps: SharedApps) -> OpenServer:
    return apps.with_settings(QUICK | {"COACHROOM_PUSH_KEY": VapidKey.new().text})


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


def test_where_the_server_is_away_a_page_says_so_and_goes_on_by_itself_once_it_is_back(
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


def subscriptions(server: OpenServer, name: str) -> int:
    sql = "SELECT count(*) FROM push_subscriptions WHERE person = $1"
    return server.rows(sql, address_of(name))[0][0]


def test_a_client_has_this_device_show_notifications_on_a_press_until_they_sign_out(
    page: Page, notifying: OpenServer
) -> None:
    name = notifying.new_client()
    sign_in(page, notifying.url, name)
    page.goto(f"{notifying.url}/Profile")
    page.evaluate(PUSH_SERVICE, {"answers": True, "keys": PUSH_SUBSCRIPTION})
    button = page.get_by_role("button", name=SHOW)
    expect(button).to_be_visible()
    assert page.evaluate("window.asked_for_leave") == 0
    button.click()
    expect(page.get_by_text("This device shows notifications.")).to_be_visible()
    assert subscriptions(notifying, name) == 1
    page.get_by_role("button", name="Show none on this device").click()
    expect(page.get_by_text("This device shows none.")).to_be_visible()
    assert subscriptions(notifying, name) == 0
    button.click()
    expect(page.get_by_text("This device shows notifications.")).to_be_visible()
    press_sign_out(page)
    until(lambda: subscriptions(notifying, name) == 0)


def test_a_push_service_that_never_answers_is_said_after_some_seconds(page: Page, notifying: OpenServer) -> None:
    sign_in(page, notifying.url, notifying.new_client())
    page.goto(f"{notifying.url}/Profile")
    page.evaluate(PUSH_SERVICE, {"answers": False, "keys": PUSH_SUBSCRIPTION})
    page.get_by_role("button", name=SHOW).click()
    expect(page.get_by_text("Your browser's notification service did not answer.")).to_be_visible()
    expect(page.get_by_role("button", name=SHOW)).to_be_enabled()


def test_what_is_pushed_is_shown_and_says_no_more_than_it_was_given(page: Page, notifying: OpenServer) -> None:
    page.context.grant_permissions(["notifications"])
    page.goto(notifying.url)
    page.wait_for_function(IN_CONTROL)
    browser = page.context.new_cdp_session(page)
    registered: list[str] = []
    browser.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registered.extend(each["registrationId"] for each in event["registrations"]),
    )
    browser.send("ServiceWorker.enable")
    until(lambda: page.evaluate("1") and registered)
    pushed = {"title": "Your human coach wrote to you", "body": "B", "url": "/", "window": "/", "tag": "t"}
    browser.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": notifying.url, "registrationId": registered[-1], "data": json.dumps(pushed)},
    )
    shown = (
        "async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((n) => [n.title, n.body])"
    )
    until(lambda: page.evaluate(shown) == [["Your human coach wrote to you", "B"]])


def test_the_screen_stays_on_while_the_coach_is_connected(page: Page, server: OpenServer) -> None:
    page.add_init_script(WATCH_SCREEN)
    begin_session(page, server)
    # The provider's client asks as well, once a call: what the browser took out of sight it does not take again.
    until(lambda: page.evaluate(KEPT_ON) >= 1)
    page.evaluate(OUT_OF_SIGHT)
    until(lambda: page.evaluate(KEPT_ON) == 1)
    page.get_by_role("button", name="Pause").click()
    until(lambda: page.evaluate(KEPT_ON) == 0)


def test_a_phone_is_told_once_how_the_app_gets_on_its_home_screen(browser: Browser, server: OpenServer) -> None:
    name = server.new_client()
    with one_person(browser, user_agent=IPHONE, **HANDHELD) as context:
        page = context.new_page()
        come_to_room(page, server.url, name)
        enter_room(page, "Only type")
        end_session(page)
        page.goto(server.url)
        hint = page.get_by_text("Tap Share, then Add to Home Screen.")
        expect(hint).to_be_visible()
        page.get_by_role("button", name="Do not show again").click()
        expect(hint).to_be_hidden()
        page.reload()
        expect(page.get_by_role("button", name="Open my room")).to_be_visible()
        at_rest(page)
        expect(hint).to_be_hidden()


def test_a_computer_is_told_nothing_of_a_home_screen(page: Page, server: OpenServer) -> None:
    sign_in(page, server.url, "Ana Silva")
    expect(page.get_by_role("button", name="my room")).to_be_visible()
    at_rest(page)
    expect(page.get_by_text("home screen")).to_be_hidden()
