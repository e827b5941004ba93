"""Leaving the room in all its ways, and coming back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.steps import (
    begin_session,
    call_is_over,
    call_of,
    coach_says,
    end_session,
    enter_room,
    next_call,
    open_room,
    outcome,
    picture_moves,
    self_view,
    turns,
    type_to_coach,
)
from tests.open_server import OpenServer, until

GOAL = "I want to walk every day"
# On a busy machine, and still long before anything that was only missed would be given up.
AT_ONCE = timedelta(seconds=10)
# From now on nothing reaches the server by fetch: whatever happens waits for the beacon.
HOLD_REPORTS = """() => {
  const real = window.fetch;
  window.fetch = (url, given) => String(url).endsWith("/events") ? new Promise(() => {}) : real(url, given);
}"""


def test_after_a_reload_the_same_session_goes_on_and_the_coach_knows_what_was_said(
    page: Page, server: OpenServer
) -> None:
    session = begin_session(page, server)
    type_to_coach(page, GOAL)
    coach_says(page, "Where do you stand with it")
    first = call_of(server, session)

    page.reload()
    page.get_by_role("button", name="Continue the conversation").click()
    second = next_call(server, session, first)
    assert call_is_over(server, first)
    until(lambda: server.coach_knows(second).resuming)
    picture_moves(self_view(page).locator("video"))
    type_to_coach(page, "In the evening")
    coach_says(page, "In the evening")
    end_session(page)

    assert outcome(server, session) == ("completed", "client")
    calls = server.rows("SELECT id FROM agent_conversations WHERE session_id = $1 ORDER BY started_at", session)
    assert calls == [(first,), (second,)]
    said = [message for sender, message in turns(server, session) if sender == "client"]
    # On a slow machine the coach hears the beep of the microphone meanwhile.
    assert [message for message in said if not message.startswith("(spoke for")] == [GOAL, "In the evening"]


def test_the_last_words_before_a_tab_closes_are_on_record_and_the_session_ends_then(
    person: BrowserContext, server: OpenServer
) -> None:
    page = person.new_page()
    session = begin_session(page, server)
    page.evaluate(HOLD_REPORTS)
    type_to_coach(page, GOAL)
    coach_says(page, GOAL)
    assert ("client", GOAL) not in turns(server, session)

    closed = datetime.now(UTC).replace(tzinfo=None)
    page.close()
    until(lambda: ("client", GOAL) in turns(server, session))
    until(lambda: outcome(server, session) == ("abandoned", "left"))
    times = "SELECT start_time, last_seen_at, end_time FROM sessions WHERE id = $1"
    start, seen, end = server.rows(times, session)[0]
    assert end == max(start, seen)
    assert end - closed < AT_ONCE


def test_going_to_another_page_ends_the_call_at_once_and_the_room_waits(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    call = call_of(server, session)
    page.get_by_role("link", name="Home").click()
    left = datetime.now(UTC)
    until(lambda: call_is_over(server, call))
    record = server.call(call)
    assert record.started + timedelta(seconds=record.seconds) - left < AT_ONCE
    expect(page.get_by_text("Your session is still open")).to_be_visible()

    page.go_back()
    page.get_by_role("button", name="Continue the conversation").click()
    until(lambda: call_of(server, session) != call)
    picture_moves(self_view(page).locator("video"))
    end_session(page)
    assert outcome(server, session) == ("completed", "client")


def test_a_client_who_looks_at_the_room_and_goes_home_finds_the_way_back(page: Page, community: OpenServer) -> None:
    session = begin_session(page, community)
    type_to_coach(page, GOAL)
    coach_says(page, "Where do you stand with it")
    page.goto(community.url)
    page.get_by_role("button", name="Go back to my room").click()
    expect(page.get_by_role("button", name="End session")).to_be_visible()
    end_session(page)
    assert outcome(community, session) == ("completed", "client")
    # The next session is a new one, in a new room.
    page.get_by_role("link", name="Back to your home page").click()
    open_room(page)
    enter_room(page)
    coach_says(page, "Good to see you again")
    end_session(page)


def test_a_banner_above_the_widget_does_not_disturb_the_call(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    call = call_of(server, session)
    for text in ("The server will be restarted tonight.", None):
        server.show_banner(text)
        page.get_by_role("button", name="Turn camera").click()
        banner = page.get_by_text("The server will be restarted tonight.")
        expect(banner).to_have_count(1 if text else 0)
        type_to_coach(page, f"I see it {text is None}")
        coach_says(page, f"I see it {text is None}")
    assert call_of(server, session) == call
    assert not call_is_over(server, call)
    end_session(page)


def test_the_end_leads_on_though_another_run_of_the_page_overtakes_it(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    server.overtake_endings(True)
    try:
        end_session(page)
    finally:
        server.overtake_endings(False)
    assert outcome(server, session) == ("completed", "client")
