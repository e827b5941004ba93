"""The agent's last words are heard to their end before the line closes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from coachroom.simulator import NORMAL
from tests.journeys.browser import one_person
from tests.journeys.cuts import STATUS
from tests.journeys.loudspeaker import Loudspeaker
from tests.journeys.steps import begin_session, coach_says, outcome, type_to_coach
from tests.open_server import OpenServer, until

# How exactly a busy machine looks at the loudspeaker, and the silence at both ends of a spoken sentence.
TOLERANCE_S = 0.6
LEFT_S = 4.0


@pytest.fixture
def hurried_coach(server: OpenServer) -> Iterator[OpenServer]:
    """Its coach hangs up as soon as the goodbye is sent, two seconds before it was heard."""
    server.set_mood(replace(NORMAL, hurried_goodbye=True))
    yield server
    server.set_mood(NORMAL)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with one_person(browser, bypass_csp=True) as person:
        yield person.new_page()


def test_the_goodbye_is_heard_to_its_end_before_the_line_closes(page: Page, hurried_coach: OpenServer) -> None:
    loudspeaker = Loudspeaker(page)
    session = begin_session(page, hurried_coach)
    expect(page.locator(STATUS)).to_have_text("Listening")
    loudspeaker.forget()
    type_to_coach(page, "Goodbye")
    coach_says(page, "Take good care of yourself")
    expect(page.get_by_text("The coach says goodbye.")).to_be_visible()
    until(lambda: loudspeaker.closed)
    assert loudspeaker.arrived_seconds > 2 + TOLERANCE_S
    assert loudspeaker.heard_seconds > loudspeaker.arrived_seconds - TOLERANCE_S
    expect(page.get_by_text("You can talk again whenever you like.")).to_be_visible()
    page.close()
    until(lambda: outcome(hurried_coach, session) == ("completed", "agent"))


def test_what_the_coach_says_when_the_time_is_up_is_heard_to_its_end(page: Page, hurried: OpenServer) -> None:
    loudspeaker = Loudspeaker(page)
    session = begin_session(page, hurried)
    expect(page.get_by_text("0:04 left")).to_be_visible()
    loudspeaker.forget()
    type_to_coach(page, "I want to sleep better")
    until(lambda: loudspeaker.closed)
    # There was more to say than time.
    assert loudspeaker.arrived_seconds > LEFT_S
    assert loudspeaker.heard_seconds > loudspeaker.arrived_seconds - TOLERANCE_S
    expect(page.get_by_text("The time for this session was up.")).to_be_visible()
    assert outcome(hurried, session) == ("completed", "time_limit")
