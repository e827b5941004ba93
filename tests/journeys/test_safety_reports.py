"""Somebody reports that a session was not safe: its client, and their human coach; an administrator reads both."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.axe import hindrances
from tests.journeys.every_page import open_page, sign_in_quickly
from tests.journeys.steps import first_session_with_coach, sign_in
from tests.journeys.visit import COACH
from tests.open_server import OpenServer

TITLE = "Report that something was not safe"


def test_a_client_and_their_coach_report_and_an_administrator_reads_it(
    page: Page, other_person: BrowserContext, server: OpenServer
) -> None:
    client_id = first_session_with_coach(page, server, COACH)
    page.get_by_text(TITLE).click()
    page.get_by_label("What happened? (optional)").fill("It pressed me.")
    page.get_by_role("button", name="Report it").click()
    expect(page.get_by_text("you reported that this session was not safe")).to_be_visible()

    other = other_person.new_page()
    sign_in(other, server.url, COACH)
    other.goto(f"{server.url}/Clients?client={client_id}")
    other.get_by_text(TITLE).click()
    other.get_by_label("What happened? (optional)").fill("She told me that it pressed her.")
    assert hindrances(other, "the coach's report") == []
    other.get_by_role("button", name="Report it").click()
    expect(other.get_by_text("you reported that the session of")).to_be_visible()
    # Streamlit's own message that it is done has no name.
    other.reload()
    other.get_by_text("Change what you wrote").click()
    words = other.get_by_label("What happened?", exact=True)
    expect(words).to_have_value("She told me that it pressed her.")
    assert hindrances(other, "a report that stands") == []
    words.fill("She told me twice that it pressed her.")
    other.get_by_role("button", name="Keep these words").click()
    expect(other.get_by_text("She told me twice that it pressed her.", exact=True).first).to_be_visible()

    sign_in_quickly(other, server.url, "Amira Haddad")
    open_page(other, server.url, "Start")
    other.get_by_role("link", name="Read what was reported, on the page System").click()
    expect(other.get_by_text("It pressed me.", exact=True)).to_be_visible()
    expect(other.get_by_text("She told me twice that it pressed her.", exact=True)).to_be_visible()
    expect(other.get_by_text("as the human coach of")).to_be_visible()
