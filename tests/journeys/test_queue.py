"""All of the coach's lines are taken: the client waits, and is then greeted as if nothing had been."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from coachroom.clock import utc_now
from coachroom.simulator import NORMAL, Mood
from coachroom.simulator.mood import Wait
from tests.journeys.steps import (
    call_of,
    coach_says,
    end_session,
    enter_room,
    open_room,
    outcome,
    session_in,
    sign_in,
    turns,
    type_to_coach,
)
from tests.open_server import OpenServer, until

IN_LINE = "All lines are taken, you are next in line."
CLOCK = re.compile(r"^\d+:\d\d left$")
UNHEARD = "Is anybody there?"


@pytest.fixture(autouse=True)
def busy(server: OpenServer) -> Iterator[None]:
    server.set_mood(Mood(queue=Wait(600, 600)))
    yield
    server.set_mood(NORMAL)


def test_a_client_waits_in_line_and_is_then_greeted(page: Page, server: OpenServer) -> None:
    sign_in(page, server.url, server.new_client())
    room = open_room(page)
    enter_room(page)
    expect(page.get_by_text(IN_LINE)).to_be_visible()
    expect(page.get_by_text("Waiting", exact=True)).to_be_visible()
    session = session_in(server, room)
    until(lambda: outcome(server, session) == ("waiting", None))
    expect(page.get_by_text(CLOCK)).to_have_count(0)
    type_to_coach(page, UNHEARD)
    freed_at = utc_now()
    server.free_lines()

    coach_says(page, "Hello Robin")
    call = call_of(server, session)
    expect(page.get_by_text(IN_LINE)).to_have_count(0)
    until(lambda: outcome(server, session) == ("active", None))
    expect(page.get_by_text(CLOCK)).to_be_visible()
    until(lambda: server.coach_knows(call).known.name)
    type_to_coach(page, "I want to sleep better")
    coach_says(page, "Where do you stand with it")
    end_session(page)

    assert UNHEARD not in [words for _, words in turns(server, session)]
    # The wait is nobody's time: the session began when the line was free.
    assert server.rows("SELECT start_time FROM sessions WHERE id = $1", session)[0][0] >= freed_at
    latencies = "SELECT context ->> 'felt_ms' FROM conversations WHERE session_id = $1 AND seq = 1"
    assert server.rows(latencies, session) == [(None,)]
