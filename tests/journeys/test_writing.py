"""A session in writing: where the coach cannot be reached, and by choice."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.axe import hindrances
from tests.journeys.conftest import LOCAL
from tests.journeys.shared import SharedApps
from tests.journeys.steps import (
    begin_session,
    call_is_over,
    call_of,
    come_to_room,
    enter_room,
    outcome,
    session_in,
    session_is_over,
    type_to_coach,
)
from tests.open_server import OpenServer, until

GOAL, STEP = "I want to sleep better", "Put the phone away at ten"
WORDS = (GOAL, "I lie awake for hours", "Read, or no phone", STEP)
QUESTIONS = (
    "What do you want to work on?",
    "Where are you with it now?",
    "What could you do?",
    "What will you do next?",
)
STEPS = "SELECT words FROM written_steps WHERE session_id = $1 ORDER BY written_at"
ACTIONS = "SELECT title FROM actions WHERE session_id = $1"
FACTS = "SELECT status, written_steps, client_turns FROM session_facts WHERE session_id = $1"


@pytest.fixture(scope="session")
def silent_port() -> Iterator[int]:
    """Where a connection stands and nobody ever answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield int(listener.getsockname()[1])


@pytest.fixture(scope="session", params=["nobody there", "no answer"])
def down(request: pytest.FixtureRequest, apps: SharedApps, silent_port: int) -> OpenServer:
    """A server whose provider is down, from the first second to the last."""
    port = silent_port if request.param == "no answer" else 9
    return apps.with_settings(
        LOCAL
        | {
            "COACHROOM_AGENT_PROVIDER": "elevenlabs",
            "COACHROOM_ELEVENLABS_URL": f"http://127.0.0.1:{port}",
            "ELEVENLABS_API_KEY": "no key of anybody",
        }
    )


def press(page: Page, name: str) -> None:
    """By the keyboard alone."""
    button = page.get_by_role("button", name=name, exact=True)
    button.focus()
    button.press("Enter")


def write(page: Page, place: int) -> None:
    """One step, by the keyboard alone."""
    expect(page.get_by_role("heading", name=f"{place + 1} of 4: {QUESTIONS[place]}")).to_be_visible()
    field = page.get_by_role("textbox").first
    field.focus()
    page.keyboard.type(WORDS[place])
    page.keyboard.press("Tab")
    press(page, "Save and go on")


def fits(page: Page) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"))


def test_with_the_provider_down_a_visit_ends_in_a_next_step(other_person: BrowserContext, down: OpenServer) -> None:
    page = other_person.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    room = come_to_room(page, down.url, down.new_client())
    enter_room(page)
    session = session_in(down, room)
    press(page, "Write instead")
    for place in range(3):
        write(page, place)
        until(lambda place=place: down.rows(STEPS, session) == [(words,) for words in WORDS[: place + 1]])
        assert fits(page)
    expect(page.get_by_role("heading", name=f"4 of 4: {QUESTIONS[3]}")).to_be_visible()
    # Streamlit's own toast has no name.
    expect(page.get_by_test_id("stToast")).to_have_count(0)
    assert hindrances(page, "in writing") == []

    page.reload()
    expect(page.get_by_text("I lie awake for hours")).to_be_visible()
    write(page, 3)
    press(page, "Finish the session")
    session_is_over(page)
    assert outcome(down, session) == ("completed", "client")
    assert down.rows(ACTIONS, session) == [(STEP,)]
    expect(page.get_by_role("heading", name="Sleep better")).to_be_visible()
    expect(page.get_by_text(f"You decided on a next step: “{STEP}”.")).to_be_visible()
    expect(page.get_by_text(" · in writing")).to_be_visible()
    assert fits(page)
    page.get_by_role("radio", name="4 out of 5 stars").click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("You gave this session 4 of 5 stars")).to_be_visible()
    until(lambda: down.rows(FACTS, session) == [("completed", 4, 0)])


def test_who_prefers_to_write_does_so_from_the_lobby_and_may_talk_after_all(
    page: Page, local_server: OpenServer
) -> None:
    room = come_to_room(page, local_server.url, local_server.new_client())
    page.get_by_role("button", name="Write instead").click()
    write(page, 0)
    session = session_in(local_server, room)
    until(lambda: local_server.rows(STEPS, session) == [(GOAL,)])
    press(page, "Change your goal")
    expect(page.get_by_role("textbox").first).to_have_value(GOAL)
    page.get_by_role("button", name="Talk to the coach instead").click()
    page.get_by_role("button", name="Start the conversation").click()
    call = call_of(local_server, session)
    assert not call_is_over(local_server, call)


def test_words_of_danger_that_are_written_open_the_help(page: Page, local_server: OpenServer) -> None:
    begin_session(page, local_server)
    page.get_by_role("button", name="Mute microphone").click()
    type_to_coach(page, GOAL)
    page.get_by_role("button", name="Pause the session").click()
    page.get_by_role("button", name="Write instead").click()
    expect(page.get_by_role("heading", name=QUESTIONS[0])).to_be_visible()
    page.get_by_role("textbox").first.fill("I want to kill myself")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_text("In danger right now?")).to_be_visible()
