"""The coach cannot be reached, hangs up, breaks down; the time runs out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
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
    session_in,
    session_is_over,
    sign_in,
    turns,
    type_to_coach,
)
from tests.open_server import OpenServer, open_server, until
from tests.simulator.serving import API_KEY, RunningAgent, open_house


@dataclass
class Far:
    """A server whose coach is somewhere else, behind the real API."""

    server: OpenServer
    services: RunningAgent


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    with open_house(speed=1, allowed_origins=lambda _origin, _host: True) as services:
        settings = {
            "COACHROOM_AGENT_PROVIDER": "elevenlabs",
            "COACHROOM_ELEVENLABS_URL": services.url,
            "ELEVENLABS_API_KEY": API_KEY,
            "COACHROOM_SELF_VIEW": "local",
        }
        with open_server(tmp_path_factory.mktemp("far"), settings) as server:
            yield Far(server, services)


@pytest.fixture(autouse=True)
def all_well(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "far" in request.fixturenames:
        faults = request.getfixturevalue("far").services.agent.faults
        faults.status.clear()
        faults.hang_up_after = faults.refuse_calls = None
        faults.hang_up_code = 1000


def test_a_coach_who_cannot_be_reached_is_tried_again_until_it_answers(
    other_person: BrowserContext, far: Far
) -> None:
    page, faults = other_person.new_page(), far.services.agent.faults
    faults.status["signed_url"] = 503
    sign_in(page, far.server.url, far.server.new_client())
    room = open_room(page)
    enter_room(page)
    expect(page.get_by_text("The AI coach does not answer right now.")).to_be_visible()
    faults.status.clear()
    coach_says(page, "Hello Robin")
    session = session_in(far.server, room)

    # It breaks down in the middle: what was said is kept, and goes on in another call.
    type_to_coach(page, "I want to sleep better")
    coach_says(page, "Where do you stand with it")
    first = call_of(far.server, session)
    faults.hang_up_after, faults.hang_up_code = 0, 1011
    expect(page.get_by_text("The connection to the coach was lost. What you said is kept.")).to_be_visible()
    faults.hang_up_after = None
    second = next_call(far.server, session, first)
    type_to_coach(page, "Still here")
    coach_says(page, "Still here")
    end_session(page)
    assert outcome(far.server, session) == ("completed", "client")

    # After the call the provider's own record is fetched and agrees with ours.
    settled = "SELECT count(*) FROM agent_conversations WHERE session_id = $1 AND record = 'complete'"
    until(lambda: far.server.rows(settled, session) == [(2,)])
    said = [message for sender, message in turns(far.server, session) if sender == "client"]
    assert said == ["I want to sleep better", "Still here"]
    assert first != second


def test_a_session_in_which_the_coach_was_never_reached_has_failed(other_person: BrowserContext, far: Far) -> None:
    page = other_person.new_page()
    far.services.agent.faults.status["signed_url"] = 401
    sign_in(page, far.server.url, far.server.new_client())
    room = open_room(page)
    enter_room(page)
    expect(page.get_by_text("our access to it is not set up right")).to_be_visible()
    end_session(page)
    expect(page.get_by_text("The coach could not be reached. This was not your fault")).to_be_visible()
    assert outcome(far.server, session_in(far.server, room)) == ("failed", "agent_unreachable")


def test_a_call_that_is_refused_says_so_and_can_be_tried_again(other_person: BrowserContext, far: Far) -> None:
    page, faults = other_person.new_page(), far.services.agent.faults
    faults.refuse_calls = 1008
    sign_in(page, far.server.url, far.server.new_client())
    room = open_room(page)
    enter_room(page)
    expect(page.get_by_text("The coach could not be reached.").first).to_be_visible()
    faults.refuse_calls = None
    page.get_by_role("button", name="Continue the conversation").click()
    coach_says(page, "Hello Robin")
    session = session_in(far.server, room)
    until(lambda: outcome(far.server, session) == ("active", None))
    end_session(page)
    assert outcome(far.server, session) == ("completed", "client")


def test_when_the_coach_hangs_up_the_page_says_so_and_the_session_is_complete(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    call = call_of(server, session)
    type_to_coach(page, "Goodbye")
    coach_says(page, "Take good care of yourself")
    expect(page.get_by_text("You can talk again whenever you like.")).to_be_visible()
    assert call_is_over(server, call)
    ended = "SELECT end_reason FROM agent_conversations WHERE id = $1"
    until(lambda: server.rows(ended, call) == [("agent",)])
    page.close()
    until(lambda: outcome(server, session) == ("completed", "agent"))


def test_the_coach_wraps_up_before_the_time_is_up_and_the_page_moves_on_by_itself(
    page: Page, hurried: OpenServer
) -> None:
    session = begin_session(page, hurried)
    call = call_of(hurried, session)
    expect(page.get_by_text("0:10 left")).to_be_visible()
    until(lambda: hurried.coach_knows(call).little_time)
    assert outcome(hurried, session) == ("active", None)
    session_is_over(page)
    expect(page.get_by_text("The time for this session was up.")).to_be_visible()
    assert outcome(hurried, session) == ("completed", "time_limit")
    span = "SELECT EXTRACT(epoch FROM end_time - start_time) FROM sessions WHERE id = $1"
    assert 12 <= hurried.rows(span, session)[0][0] < 20
    until(lambda: call_is_over(hurried, call))


def test_more_time_is_taken_once_near_the_end_and_the_coach_goes_on(page: Page, hurried: OpenServer) -> None:
    session = begin_session(page, hurried)
    call = call_of(hurried, session)
    until(lambda: hurried.coach_knows(call).little_time)
    more = page.get_by_role("button", name="5 more minutes")
    more.click()
    expect(page.get_by_text(re.compile(r"^[45]:\d\d left$"))).to_be_visible()
    expect(more).to_have_count(0)
    until(lambda: not hurried.coach_knows(call).little_time)
    span = "SELECT extra_seconds, status FROM sessions WHERE id = $1"
    assert hurried.rows(span, session) == [(300, "active")]
    # The coach is not asked for again: the session's first end passes, and it goes on.
    page.wait_for_timeout(12_000)
    type_to_coach(page, "I want to sleep better")
    coach_says(page, "Where do you stand with it")
    # What the coach notes while the client leaves would be refused.
    noted = "SELECT count(*) FROM proposals WHERE session_id = $1 AND source = 'tool'"
    until(lambda: hurried.rows(noted, session) == [(1,)])
    end_session(page)
