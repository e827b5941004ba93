"""The whole visit of one client."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.browser import coach_says, end_session, enter_room, open_room, sign_in, type_to_coach
from tests.live import LiveServer


def test_a_client_talks_types_leaves_rates_and_reads_it_again(page: Page, server: LiveServer) -> None:
    sign_in(page, server.url)
    open_room(page)
    enter_room(page)
    coach_says(page, "Hello Ana")
    type_to_coach(page, "I want to sleep better")
    coach_says(page, "I want to sleep better")
    end_session(page)
    expect(page.get_by_text("I want to sleep better").first).to_be_visible()
