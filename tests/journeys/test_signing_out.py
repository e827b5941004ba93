"""Signed in twice, signed out once: everything is out, in every window."""

from __future__ import annotations

import json

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.journeys.browser import live_tracks, one_person
from tests.journeys.steps import begin_session, press_sign_out, sign_in
from tests.open_server import OpenServer, until

SIGNED_OUT = "You are signed out"
CONTINUE = "Continue the conversation"


def _reports_of(page: Page) -> list[Request]:
    """The room page's deliveries to the server, as they are made."""
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request) if request.url.endswith("/events") else None)
    return seen


def _cookies_of(context: BrowserContext) -> str:
    return "; ".join(f"{each['name']}={each['value']}" for each in context.cookies())


def _ends(page: Page) -> None:
    """The page says so itself."""
    expect(page.get_by_text(SIGNED_OUT)).to_be_visible()


def test_signing_out_once_ends_both_windows_and_what_was_saved(browser: Browser, server: OpenServer) -> None:
    with one_person(browser) as here, one_person(browser) as there:
        room_page, home_page = here.new_page(), there.new_page()
        reports = _reports_of(room_page)
        name = server.new_client()
        begin_session(room_page, server, name)
        room = room_page.url.partition("room=")[2]
        sign_in(home_page, server.url, name)
        until(lambda: reports)
        token = json.loads(reports[-1].post_data or "{}")["token"]
        saved = {"cookie": _cookies_of(here), "origin": server.url}
        report = {"token": token, "epoch": "saved", "events": []}

        def answers() -> tuple[int, str]:
            taken = httpx.post(f"{server.url}/room/{room}/events", json=report, headers={"origin": server.url})
            opened = httpx.get(f"{server.url}/room/{room}", headers=saved)
            return taken.status_code, opened.headers["location"].partition("?")[0]

        assert answers() == (200, "/Room")
        assert live_tracks(room_page, "audio") > 0

        press_sign_out(home_page)
        expect(home_page.get_by_text("Choose who you want to be")).to_be_visible()
        _ends(room_page)
        until(lambda: answers() == (404, "/login"))
        until(lambda: live_tracks(room_page, "audio") + live_tracks(room_page, "video") == 0)

        # Who signs in again within the grace comes back to the same room, and after it to the way into the next.
        # Where the grace ends between the press and the page, the room is said to have ended.
        sign_in(home_page, server.url, name)
        home_page.get_by_role("button", name="my room").click()
        same, next_one = (home_page.get_by_role("button", name=button) for button in (CONTINUE, "Enter room"))
        over = home_page.get_by_role("heading", name="This room is not here")
        expect(same.or_(next_one).or_(over)).to_be_visible()
        assert home_page.url.endswith(room) == (same.is_visible() or over.is_visible())


def test_signing_out_everywhere_from_the_own_page_ends_another_device(browser: Browser, server: OpenServer) -> None:
    with one_person(browser) as here, one_person(browser) as there:
        own, lost = here.new_page(), there.new_page()
        name = server.new_client()
        for page in (own, lost):
            sign_in(page, server.url, name)
        own.get_by_role("link", name="How you are coached").first.click()
        own.get_by_role("button", name="Sign out everywhere").click()
        _ends(lost)
        lost.reload()
        expect(lost.get_by_text("Choose who you want to be")).to_be_visible()
