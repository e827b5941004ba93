"""Who types quickly, or before the coach can hear them: each message is said once and answered, or given back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from coachroom.recording.words import spoken_words
from coachroom.rooms.states import Sender
from coachroom.simulator import AWKWARD, NORMAL
from tests.journeys.steps import (
    begin_session,
    call_of,
    coach_says,
    end_session,
    enter_room,
    open_room,
    session_in,
    sign_in,
    turns,
    type_to_coach,
    widget,
)
from tests.open_server import OpenServer, until

FIRST, SECOND = "I want to sleep better", "I work at the hospital by night"
ANSWERS = ("Where do you stand with it", "What could you do about it")
BRIEFING = "**/briefing"


@pytest.fixture(autouse=True)
def awkward(server: OpenServer) -> Iterator[None]:
    server.set_mood(AWKWARD)
    yield
    server.set_mood(NORMAL)


def enter(page: Page, server: OpenServer) -> str:
    """Into the room, where the call begins to connect; the session's id."""
    sign_in(page, server.url, server.new_client())
    room = open_room(page)
    enter_room(page)
    return session_in(server, room)


def stands_as_recorded(server: OpenServer, session: str) -> list[tuple[str, str]]:
    """Sender and words of what was said, once its transcript is that of the coach's own record."""
    whole = "SELECT record FROM agent_conversations WHERE id = $1"
    call = call_of(server, session)
    until(lambda: server.rows(whole, call) == [("complete",)])
    recorded = [(_SENDERS[turn.role], turn.message or "") for turn in server.call(call).recorded or []]
    said = [(sender, words) for sender, text in recorded if (words := spoken_words(sender, text).strip())]
    assert [turn for turn in turns(server, session) if turn[1]] == said
    return said


_SENDERS = {"user": Sender.CLIENT, "agent": Sender.AGENT}


def held_briefing(page: Page, server: OpenServer) -> tuple[str, Route]:
    """Into the room, where the call waits for its briefing; the session's id, and the request for the briefing."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(BRIEFING, hold)
    session = enter(page, server)
    until(lambda: page.wait_for_timeout(20) or waiting)
    return session, waiting[0]


def test_what_is_typed_twice_quickly_stands_once_and_in_order(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    # The answer to the first is on its way when the second is sent.
    type_to_coach(page, FIRST)
    type_to_coach(page, SECOND)
    coach_says(page, ANSWERS[1])
    end_session(page)
    said = stands_as_recorded(server, session)
    assert [words for sender, words in said if sender is Sender.CLIENT] == [FIRST, SECOND]

    page.get_by_role("link", name="Back to your home page").click()
    page.get_by_role("link", name="finished").first.click()
    expect(page.get_by_role("heading", name="What was said")).to_be_visible()
    shown = " ".join(page.locator("main").inner_text().rpartition("What was said")[2].split())
    places = [shown.find(" ".join(words.split())) for _, words in said]
    assert -1 not in places
    assert places == sorted(places)
    assert shown.count(SECOND) == 1


def test_what_is_typed_while_the_call_connects_is_said_once_and_answered(page: Page, server: OpenServer) -> None:
    session, briefing = held_briefing(page, server)
    type_to_coach(page, FIRST)
    type_to_coach(page, SECOND)
    briefing.continue_()

    for answer in ANSWERS:
        coach_says(page, answer)
    for typed in (FIRST, SECOND):
        expect(widget(page).get_by_text(typed, exact=True)).to_have_count(1)
    end_session(page)
    said = stands_as_recorded(server, session)
    assert [words for sender, words in said if sender is Sender.CLIENT] == [FIRST, SECOND]


def test_what_is_typed_for_a_call_that_fails_stands_in_the_text_box_again(
    other_person: BrowserContext, server: OpenServer
) -> None:
    page = other_person.new_page()
    session, briefing = held_briefing(page, server)
    type_to_coach(page, FIRST)
    box = widget(page).get_by_role("textbox")
    box.fill(SECOND)
    briefing.abort()
    expect(page.get_by_text("What you typed was not sent. It is in the text box again.")).to_be_visible()
    expect(box).to_have_value(f"{FIRST}\n{SECOND}")
    assert turns(server, session) == []

    page.unroute(BRIEFING)
    page.get_by_role("button", name="Continue the conversation").click()
    coach_says(page, "Hello Robin")
    box.press("Enter")
    coach_says(page, ANSWERS[0])
    end_session(page)
    said = stands_as_recorded(server, session)
    assert [words for sender, words in said if sender is Sender.CLIENT] == [f"{FIRST}\n{SECOND}"]
