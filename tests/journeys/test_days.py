"""A client's days are those of their own browser, wherever the server is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from coachroom.clock import short_date
from tests.journeys.browser import one_person
from tests.journeys.steps import at_rest, sign_in
from tests.open_server import OpenServer

ZONE = "SELECT p.timezone FROM client_profiles p JOIN members m ON m.client_id = p.id WHERE m.display_name = $1"


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_today_is_the_clients_today(browser: Browser, server: OpenServer, zone: str) -> None:
    name = server.new_client()
    with one_person(browser, timezone_id=zone) as context:
        page = context.new_page()
        sign_in(page, server.url, name)
        expect(page.get_by_role("heading", name="Hello Robin")).to_be_visible()
        page.goto(f"{server.url}/Goals")
        at_rest(page)
        page.get_by_text("Add a next step").click()
        page.get_by_label("What will you do?").fill("Walk")
        page.get_by_label("By when?").fill("today")
        page.get_by_role("button", name="Add this next step").click()
        today = datetime.now(ZoneInfo(zone)).date()
        expect(page.get_by_text(f"by {short_date(today)}").first).to_be_visible()
        expect(page.get_by_text("Late", exact=True)).to_have_count(0)
    assert server.rows(ZONE, name) == [(zone,)]
