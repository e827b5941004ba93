"""A new client meets the version that was drawn, reads which it was, and says no to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from coachroom.clock import utc_now
from tests.comparisons.houses import PLAN, begin, comparing
from tests.journeys.steps import (
    coach_says,
    end_session,
    enter_room,
    open_room,
    session_in,
    sign_in,
    type_to_coach,
)
from tests.open_server import open_server, until
from tests.services import HandClock, store_of
from tests.simulator.serving import API_KEY, open_house

NEXT = "We go one step at a time."


def test_a_new_client_meets_the_drawn_version_until_they_say_no(other_person: BrowserContext, tmp_path: Path) -> None:
    with open_house(speed=1, allowed_origins=lambda _origin, _host: True) as practice:
        plan = replace(PLAN, standing="practice-main", candidate="practice-next")
        with comparing(tmp_path, HandClock(utc_now()), elevenlabs_url=practice.url) as services:
            begin(services, plan, past_the_fence=True)
            # Every new client is drawn into the new version.
            store_of(services).execute("UPDATE comparisons SET share = 1.0")
        settings = {
            "COACHROOM_AGENT_PROVIDER": "elevenlabs",
            "COACHROOM_ELEVENLABS_URL": practice.url,
            "ELEVENLABS_API_KEY": API_KEY,
            "COACHROOM_SELF_VIEW": "local",
            "COACHROOM_COMPARISONS": "true",
        }
        with open_server(tmp_path, settings) as server:
            page = other_person.new_page()
            sign_in(page, server.url, server.new_client())
            room = open_room(page)
            enter_room(page)
            coach_says(page, NEXT)
            type_to_coach(page, "I want to sleep better")
            coach_says(page, "Where do you stand with it")
            session = session_in(server, room)
            end_session(page)
            met = "SELECT branch_id FROM agent_conversations WHERE session_id = $1"
            until(lambda: server.rows(met, session) == [("practice-next",)])
            page.goto(f"{server.url}/Session?session={session}")
            expect(page.get_by_text("(“Shorter turns”): this was the new version.")).to_be_visible()
            drawn = """SELECT d.arm, d.probability, d.fence
                       FROM comparison_draws d JOIN sessions s ON s.client_id = d.client_id WHERE s.id = $1"""
            assert server.rows(drawn, session) == [("candidate", 1.0, False)]

            page.goto(f"{server.url}/Profile")
            page.get_by_text("I take part in comparisons").click()
            expect(page.get_by_text("It counts from your next call on.")).to_be_visible()
            page.goto(server.url)
            second = open_room(page)
            enter_room(page)
            coach_says(page, "Hello")
            assert NEXT not in page.locator("body").inner_text()
            session = session_in(server, second)
            end_session(page)
            until(lambda: server.rows(met, session) == [("practice-main",)])
