"""A room belongs to one client and one tab."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.steps import begin_session, call_is_over, call_of, end_session, outcome, sign_in, type_to_coach
from tests.open_server import OpenServer, until

MAIN = '[data-testid="stMainBlockContainer"]'


def test_somebody_elses_room_and_no_room_at_all_look_the_same_and_ones_own_ended_one_leads_to_its_session(
    page: Page, other_person: BrowserContext, server: OpenServer
) -> None:
    session = begin_session(page, server)
    room = page.url.partition("room=")[2]
    stranger = other_person.new_page()
    sign_in(stranger, server.url, server.new_client())

    def answer(viewer: Page, room_id: str) -> str:
        viewer.goto(f"{server.url}/room/{room_id}")
        expect(viewer.get_by_role("heading", name="This room is not here")).to_be_visible()
        expect(viewer.get_by_role("link", name="Go to your home page")).to_be_visible()
        # But for who looks.
        return re.sub(r"Robin Falk \d+", "", viewer.locator(MAIN).inner_text())

    elsewhere = answer(stranger, room)
    assert answer(stranger, "x" * len(room)) == elsewhere
    end_session(page)
    assert answer(stranger, room) == elsewhere
    assert answer(page, "x" * len(room)) == elsewhere
    assert answer(page, room) != elsewhere
    page.get_by_role("link", name="Go to the session you had in it").click()
    expect(page.get_by_role("heading", name="What was said")).to_be_visible()
    # Nor can anybody report for it.
    body = {"token": "forged", "epoch": "e", "events": []}
    answers = [httpx.post(f"{server.url}/room/{each}/events", json=body) for each in (room, "x" * len(room))]
    assert [(each.status_code, each.text) for each in answers] == [(404, answers[0].text)] * 2
    assert outcome(server, session) == ("completed", "client")


def test_a_second_tab_takes_the_room_over_and_the_first_can_take_it_back(
    person: BrowserContext, server: OpenServer
) -> None:
    first, second = person.new_page(), person.new_page()
    session = begin_session(first, server)
    call = call_of(server, session)

    second.goto(first.url)
    expect(second.get_by_role("button", name="End session")).to_be_visible()
    expect(first.get_by_role("heading", name="Your room is open in another window")).to_be_visible()
    until(lambda: call_is_over(server, call))

    first.bring_to_front()
    first.get_by_role("button", name="Continue here instead").click()
    expect(second.get_by_role("heading", name="Your room is open in another window")).to_be_visible()
    first.get_by_role("button", name="Continue the conversation").click()
    until(lambda: call_of(server, session) != call)
    type_to_coach(first, "Here I am again")
    end_session(first)
    assert outcome(server, session) == ("completed", "client")
    assert (
        len(
            server.rows(
                "SELECT id FROM sessions WHERE room_id = (SELECT room_id FROM sessions WHERE id = $1)", session
            )
        )
        == 1
    )
