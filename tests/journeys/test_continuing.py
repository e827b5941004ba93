"""A call that ended is taken up again in the same page: the coach knows what was said, and what was agreed."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocket, expect

from tests.journeys.steps import (
    begin_session,
    call_is_over,
    call_of,
    coach_says,
    end_session,
    next_call,
    outcome,
    type_to_coach,
    widget,
)
from tests.open_server import OpenServer, until

GOAL = "I want to sleep better"
STEP = "Put the phone away at ten"
LATE_STEP = "Ask the doctor about it"
ADD_LATE_STEP = (
    "INSERT INTO actions (id, client_id, title, status, due_at, created_at) "
    "SELECT 'late-' || id, client_id, $2, 'open', '2026-01-02', '2026-01-01' FROM sessions WHERE id = $1"
)


@pytest.fixture(autouse=True)
def all_well(server: OpenServer) -> None:
    server.set_faults(hang_up_after=None, hang_up_code=1000)


def begin(page: Page, server: OpenServer) -> str:
    """A new client's first session, up to the coach's greeting; the session's id."""
    session = begin_session(page, server)
    coach_says(page, "Hello Robin. Good to have you here.")
    return session


def sent_to_coach(page: Page) -> list[str]:
    """All that the page sends into calls from here on."""
    frames: list[str] = []

    def watch(socket: WebSocket) -> None:
        if "/convai/conversation" in socket.url:
            socket.on("framesent", lambda frame: frames.append(str(frame)))

    page.on("websocket", watch)
    return frames


def goes_on(page: Page, server: OpenServer, session: str, first: str, button: str | None = None) -> str:
    """Presses the button, where there is one, and waits for the coach's word of welcome back; the new call's id."""
    if button:
        page.get_by_role("button", name=button).click()
    second = next_call(server, session, first)
    coach_says(page, "Welcome back")
    return second


def break_call(server: OpenServer, code: int) -> None:
    server.set_faults(hang_up_after=0, hang_up_code=code)


def test_a_call_that_broke_down_is_continued_with_all_that_was_agreed(
    other_person: BrowserContext, server: OpenServer
) -> None:
    page = other_person.new_page()
    session = begin(page, server)
    first = call_of(server, session)
    for said, answer in (
        (GOAL, "Where do you stand with it"),
        ("I lie awake for hours", "What could you do about it"),
        ("Read, or no phone", "Which one will you do first"),
        (STEP, "how sure are you"),
    ):
        type_to_coach(page, said)
        coach_says(page, answer)
    expect(page.get_by_role("list", name="Noted")).to_contain_text(STEP)
    server.rows(ADD_LATE_STEP, session, LATE_STEP)
    frames = sent_to_coach(page)

    break_call(server, 1011)
    expect(page.get_by_text("The connection to the coach was lost. What you said is kept.")).to_be_visible()
    server.set_faults(hang_up_after=None)
    second = goes_on(page, server, session, first)

    variables = server.call(second).start.variables
    assert variables["resumed"] == "yes"
    # What was agreed a moment ago is not asked about; a step long overdue is not "last time"; the goal is known.
    assert variables["open_actions"] == f'"{LATE_STEP}" (late)'
    expect(widget(page).get_by_text("Last time you wanted to")).to_have_count(0)
    assert variables["goals"] == f'"{GOAL}"'
    assert any("resumed" in frame and f"Client: {STEP}" in frame for frame in frames)
    until(lambda: GOAL in server.coach_knows(second).known.goals)

    type_to_coach(page, GOAL)
    coach_says(page, "Let us pick up where you were.")
    end_session(page)
    assert outcome(server, session) == ("completed", "client")
    assert server.rows("SELECT count(*) FROM goals WHERE title = $1 AND session_id = $2", GOAL, session) == [(1,)]


@pytest.mark.parametrize(
    ("code", "button"),
    [(1002, None), (1000, "Talk again")],
    ids=["closed by the service", "ended by the coach"],
)
def test_however_a_call_ended_the_next_one_knows_what_was_said(
    other_person: BrowserContext, server: OpenServer, code: int, button: str | None
) -> None:
    page = other_person.new_page()
    session = begin(page, server)
    first = call_of(server, session)
    type_to_coach(page, GOAL)
    coach_says(page, "Where do you stand with it")
    frames = sent_to_coach(page)
    break_call(server, code)
    until(lambda: call_is_over(server, first))
    server.set_faults(hang_up_after=None)
    second = goes_on(page, server, session, first, button)
    assert server.call(second).start.variables["resumed"] == "yes"
    assert any("resumed" in frame and f"Client: {GOAL}" in frame for frame in frames)
    end_session(page)
