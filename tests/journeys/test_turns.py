"""Room to think: the coach waits for who thinks, hears who holds a button, and is missed when silent."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect

from tests.journeys.browser import PHONE, one_person
from tests.journeys.steps import (
    agree,
    begin_session,
    call_of,
    coach_says,
    come_to_room,
    end_session,
    enter_room,
    next_call,
    outcome,
    session_in,
    type_to_coach,
    widget,
)
from tests.open_server import OpenServer, until

HOLDS = (
    "SELECT hold_to_talk FROM coaching_preferences WHERE client_id = (SELECT client_id FROM sessions WHERE id = $1)"
)
CLOSED = "() => [...window.coachroomCalls.values()][0].microphone.closed"


@pytest.fixture(autouse=True)
def nothing_swallowed(server: OpenServer) -> Iterator[None]:
    yield
    server.set_faults(swallowed_answers=0)


def sent_to_agent(page: Page) -> list[dict]:
    """What the page sends into calls, sound aside, from here on."""
    messages: list[dict] = []

    def take(frame: str | bytes) -> None:
        message = json.loads(frame)
        if "type" in message:
            messages.append(message)

    def watch(socket: WebSocket) -> None:
        if "/convai/conversation" in socket.url:
            socket.on("framesent", take)

    page.on("websocket", watch)
    return messages


def test_who_is_thinking_is_waited_for_until_a_word(page: Page, server: OpenServer) -> None:
    sent = sent_to_agent(page)
    begin_session(page, server)
    page.get_by_role("button", name="Mute microphone").click()  # the fake microphone never stops to beep
    page.keyboard.press("F2")
    expect(page.get_by_text("Take your time. The coach waits until you say a word.")).to_be_visible()
    # Playwright hands over what was sent while it is asked something.
    until(lambda: page.title() and sum(message["type"] == "user_activity" for message in sent) >= 3)
    assert any("say nothing and wait" in message.get("text", "") for message in sent)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="I'm thinking").click()
    type_to_coach(page, "I want to sleep better")
    expect(page.get_by_role("button", name="I'm thinking")).to_be_visible()
    coach_says(page, "Where do you stand with it")
    end_session(page)


def test_who_holds_a_button_is_heard_only_then_and_finds_it_so_the_next_time(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    page.get_by_role("button", name="Hold to talk").first.click()
    expect(page.get_by_text("Hold the space bar or the button to talk.")).to_be_visible()
    assert page.evaluate(CLOSED)
    until(lambda: server.rows(HOLDS, session) == [(True,)])
    page.get_by_role("heading", name="AI Coach").click()
    page.keyboard.down(" ")
    expect(page.get_by_role("button", name="Let go when you are done")).to_be_visible()
    until(lambda: not page.evaluate(CLOSED))
    page.keyboard.up(" ")
    expect(page.get_by_role("button", name="Let go when you are done")).to_have_count(0)
    assert page.evaluate(CLOSED)
    widget(page).get_by_role("textbox").fill("a word")
    widget(page).get_by_role("textbox").press("Space")
    expect(widget(page).get_by_role("textbox")).to_have_value("a word ")
    end_session(page)

    # In the next session the lobby knows it, and it can be left there.
    page.goto(server.url)
    page.get_by_role("button", name="my room").click()
    agree(page)
    choice = page.get_by_label("Hold a button to talk")
    expect(choice).to_be_checked()
    choice.uncheck()
    enter_room(page)
    room = page.url.partition("room=")[2]
    until(lambda: server.rows(HOLDS, session_in(server, room)) == [(False,)])
    expect(page.get_by_role("button", name="Mute microphone")).to_be_visible()


def test_a_thumb_holds_the_button_wherever_it_slides(browser: Browser, server: OpenServer) -> None:
    with one_person(browser, viewport=PHONE, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        thumb = context.new_cdp_session(page)

        def touch(kind: str, *at: dict[str, float]) -> None:
            thumb.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(at)})

        come_to_room(page, server.url, server.new_client())
        page.get_by_label("Hold a button to talk").check()
        sent = sent_to_agent(page)
        enter_room(page)
        coach_says(page, "Hello Robin")
        box = page.get_by_role("button", name="Hold to talk").last.bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        assert page.evaluate(CLOSED)
        touch("touchStart", {"x": x, "y": y})
        expect(page.get_by_role("button", name="Let go when you are done")).to_be_visible()
        assert not page.evaluate(CLOSED)
        touch("touchMove", {"x": x + 20, "y": y - 200})
        # As long as it is held the coach is told so each second.
        until(lambda: page.title() and sum(message["type"] == "user_activity" for message in sent) >= 3)
        assert not page.evaluate(CLOSED)
        touch("touchEnd")
        expect(page.get_by_role("button", name="Let go when you are done")).to_have_count(0)
        assert page.evaluate(CLOSED)
        end_session(page)


def test_a_coach_who_falls_silent_is_asked_and_then_replaced(
    other_person: BrowserContext, server: OpenServer
) -> None:
    page = other_person.new_page()
    session = begin_session(page, server)
    page.get_by_role("button", name="Mute microphone").click()
    first = call_of(server, session)
    server.set_faults(swallowed_answers=2)
    type_to_coach(page, "I want to sleep better")
    expect(page.get_by_text("The coach is taking longer than usual.")).to_be_visible()
    expect(page.get_by_text("The coach is taking long, and is asked again.")).to_be_visible()
    next_call(server, session, first, seconds=60)
    coach_says(page, "Welcome back")
    ended = "SELECT end_reason FROM agent_conversations WHERE id = $1"
    until(lambda: server.rows(ended, first) == [("silent",)])
    end_session(page)
    assert outcome(server, session) == ("completed", "client")
    shown = (
        "SELECT message FROM conversations WHERE session_id = $1 AND sender = 'client' AND message NOT IN ('', '...')"
    )
    assert server.rows(shown, session) == [("I want to sleep better",)]
