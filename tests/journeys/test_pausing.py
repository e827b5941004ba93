"""A pause: nothing reaches the coach, the bill stands still, and the talk goes on at what was said last."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocket, expect

from coachroom.simulator import AWKWARD, NORMAL, Mood
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
PAUSES = "SELECT cause, ended_at IS NOT NULL FROM pauses WHERE session_id = $1 ORDER BY started_at"
FACTS = "SELECT pauses, interruptions, paused_seconds > 0 FROM session_facts WHERE session_id = $1"
CALLS = "SELECT count(*) FROM agent_conversations WHERE session_id = $1"
# As a phone does when somebody rings: the page is out of sight, and its microphone is taken.
RING = """
() => {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
  for (const track of window.microphones) {
    track.stop();
    track.dispatchEvent(new Event("ended"));
  }
}
"""
HANG_UP = "() => { delete document.visibilityState; }"
KEEP_MICROPHONES = """
(() => {
  window.microphones = [];
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    window.microphones.push(...stream.getAudioTracks());
    return stream;
  };
})()
"""


@pytest.fixture(params=[NORMAL, AWKWARD], ids=["a normal coach", "an awkward coach"])
def mood(request: pytest.FixtureRequest, local_server: OpenServer) -> Mood:
    local_server.set_mood(request.param)
    request.addfinalizer(lambda: local_server.set_mood(NORMAL))
    mood: Mood = request.param
    return mood


def sent_to_coach(page: Page) -> list[str]:
    """All that the page sends into calls from here on, and each call that it begins."""
    frames: list[str] = []

    def watch(socket: WebSocket) -> None:
        if "/convai/conversation" in socket.url:
            frames.append("a call begins")
            socket.on("framesent", lambda frame: frames.append(str(frame)))

    page.on("websocket", watch)
    return frames


def talk_of_sleep(page: Page, server: OpenServer) -> str:
    """A session with a goal that was said; its id."""
    session = begin_session(page, server)
    # Or the coach hears the beep before the words, on a slow machine.
    page.get_by_role("button", name="Mute microphone").click()
    type_to_coach(page, GOAL)
    coach_says(page, "Where do you stand with it")
    return session


def is_paused(page: Page, server: OpenServer, session: str, call: str) -> None:
    expect(page.get_by_text("You are paused: the time stands still")).to_be_visible()
    expect(page.get_by_role("button", name="Go on", exact=True)).to_be_visible()
    until(lambda: call_is_over(server, call))
    until(lambda: server.rows("SELECT paused_at IS NOT NULL FROM sessions WHERE id = $1", session) == [(True,)])


@pytest.mark.usefixtures("mood")
def test_a_client_pauses_reloads_and_goes_on_where_they_were(page: Page, local_server: OpenServer) -> None:
    server = local_server
    session = talk_of_sleep(page, server)
    first = call_of(server, session)
    frames = sent_to_coach(page)
    page.get_by_role("button", name="Pause the session").click()
    is_paused(page, server, session, first)
    expect(page.get_by_text("Camera is off")).to_be_visible()
    expect(page.locator(".cr-countdown")).to_have_text("")
    expect(page.get_by_text(re.compile(r"The room waits \d+ minutes for you"))).to_be_visible()
    billed = server.call(first).seconds
    began = len(server.calls())

    page.reload()
    is_paused(page, server, session, first)
    expect(page.get_by_role("button", name="Turn camera on")).to_be_visible()
    assert (server.call(first).seconds, len(server.calls()), frames) == (billed, began, [])
    assert server.rows(PAUSES, session) == [("paused", False)]

    page.get_by_role("button", name="Go on", exact=True).click()
    second = next_call(server, session, first)
    coach_says(page, "Let us pick up where you were.")
    coach_says(page, f'You said: "{GOAL}".')
    until(lambda: server.rows(PAUSES, session) == [("paused", True)])
    assert server.call(second).start.variables["resumed"] == "yes"
    expect(page.locator(".cr-countdown")).to_have_text(re.compile("left"))

    page.get_by_role("button", name="Pause the session").click()
    is_paused(page, server, session, second)
    end_session(page)
    assert outcome(server, session) == ("completed", "client")
    until(lambda: server.rows(FACTS, session) == [(2, 0, True)])


def test_a_call_that_the_phone_interrupts_is_a_pause(person: BrowserContext, local_server: OpenServer) -> None:
    page = person.new_page()
    page.add_init_script(KEEP_MICROPHONES)
    session = talk_of_sleep(page, local_server)
    call = call_of(local_server, session)
    page.evaluate(RING)
    is_paused(page, local_server, session, call)
    assert local_server.rows(PAUSES, session) == [("interrupted", False)]
    page.evaluate(HANG_UP)
    page.get_by_role("button", name="Go on", exact=True).click()
    next_call(local_server, session, call)
    coach_says(page, "Welcome back")
    expect(widget(page).get_by_text(f'You said: "{GOAL}"')).to_be_visible()
    expect(page.get_by_role("button", name="Turn camera off")).to_be_enabled()
    end_session(page)
    until(lambda: local_server.rows(FACTS, session) == [(1, 1, True)])
    assert local_server.rows(CALLS, session) == [(2,)]
