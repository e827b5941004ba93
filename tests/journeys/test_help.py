"""Help now: at once after words of danger, and one quiet button away on every page of a client's."""

from __future__ import annotations

from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.browser import PHONE, one_person
from tests.journeys.steps import begin_session, end_session, sign_in, type_to_coach
from tests.open_server import OpenServer


def panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Help now")


def test_words_of_danger_show_the_help_lines(page: Page, server: OpenServer) -> None:
    begin_session(page, server)
    type_to_coach(page, "This deadline is killing me")
    expect(page.get_by_role("button", name="Help now")).to_be_visible()
    expect(panel(page)).to_be_hidden()
    type_to_coach(page, "honestly I don't want to live anymore")
    expect(panel(page)).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="You need not go through it alone")).to_be_visible()
    panel(page).get_by_role("button", name="Close").click()
    expect(panel(page)).to_be_hidden()
    end_session(page)


def test_the_button_shows_the_lines_of_the_readers_country(browser: Browser, server: OpenServer) -> None:
    with one_person(browser, viewport=PHONE, timezone_id="Europe/Berlin") as context:
        page = context.new_page()
        sign_in(page, server.url, server.new_client())
        page.get_by_role("button", name="Help now").click()
        expect(panel(page)).to_contain_text("Call 112 (Germany)")
        expect(panel(page).get_by_role("link", name="0800 111 0 111")).to_have_attribute("href", "tel:08001110111")
        page.keyboard.press("Escape")
        expect(panel(page)).to_be_hidden()
        expect(page.get_by_role("button", name="Help now")).to_be_focused()
        page.goto(f"{server.url}/Help")
        expect(page.get_by_role("heading", name="Help now", level=1)).to_be_visible()
        expect(page.get_by_text("Emergency: 112")).to_be_visible()
