"""A network that goes away for a moment."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from playwright.sync_api import BrowserContext, Route, expect

from tests.journeys.cuts import STATUS, Talk, drawn_cuts
from tests.journeys.steps import (
    begin_session,
    call_of,
    coach_says,
    end_session,
    next_call,
    outcome,
    turns,
    type_to_coach,
)
from tests.journeys.wire import wire_to
from tests.open_server import OpenServer, until

AWAY_MS = 1_500
# Nothing of what the page reports reaches the server from here on, as when the line fails before the socket does.
CUT_OFF_REPORTS = """() => {
  const real = window.fetch;
  window.fetch = (url, given) =>
    String(url).endsWith("/events") && !window.back ? Promise.reject(new Error("offline")) : real(url, given);
}"""


ON_RECORD = (
    "SELECT count(*) FROM conversations WHERE session_id = $1 AND message = 'Are you still there' "
    "AND context ->> 'source' = $2"
)


def test_a_dropped_network_comes_back_to_the_same_session_and_loses_no_word(
    other_person: BrowserContext, community: OpenServer
) -> None:
    with wire_to(int(community.url.rsplit(":", 1)[1])) as wire:
        server = replace(community, url=f"http://localhost:{wire.port}")
        page = other_person.new_page()
        session = begin_session(page, server)
        page.evaluate(CUT_OFF_REPORTS)
        type_to_coach(page, "Are you still there")
        coach_says(page, "Are you still there")
        wire.cut()
        page.wait_for_timeout(AWAY_MS)
        # The words came with the agent's record of the broken call; the page has not reported them yet.
        assert server.rows(ON_RECORD, session, "live") == [(0,)]
        assert outcome(server, session) == ("active", None)

        wire.mend()
        page.evaluate("() => { window.back = true; }")
        until(lambda: server.rows(ON_RECORD, session, "live") == [(1,)])
        assert turns(server, session).count(("client", "Are you still there")) == 1
        coach_says(page, "Welcome back")
        type_to_coach(page, "I am back")
        coach_says(page, "I am back")
        expect(page.get_by_role("button", name="End session")).to_be_visible()
        end_session(page)
    assert outcome(server, session) == ("completed", "client")
    assert server.rows("SELECT count(*) FROM sessions WHERE id = $1 OR status = 'active'", session) == [(1,)]


def test_ten_cuts_lose_and_double_no_word_and_need_no_click(
    other_person: BrowserContext, community: OpenServer
) -> None:
    with wire_to(int(community.url.rsplit(":", 1)[1])) as wire:
        talk = Talk(other_person.new_page(), community, wire)
        talk.begin()
        for number, (how, seconds) in enumerate(drawn_cuts(Random(12), 10, longest=2.0)):
            talk.say(f"Sentence {number}")
            talk.cut(how, seconds)
        talk.say("The last one")
        end_session(talk.page)
    said = [
        message for sender, message in turns(community, talk.session) if sender == "client" and message in talk.said
    ]
    assert said == talk.said
    assert outcome(community, talk.session) == ("completed", "client")
    client = "SELECT client_id FROM sessions WHERE id = $1"
    assert community.rows(f"SELECT count(*) FROM sessions WHERE client_id = ({client})", talk.session) == [(1,)]


def test_a_line_that_carries_nothing_though_it_stands_is_taken_up_anew(
    other_person: BrowserContext, community: OpenServer
) -> None:
    with wire_to(int(community.url.rsplit(":", 1)[1])) as wire:
        talk = Talk(other_person.new_page(), community, wire)
        talk.begin()
        talk.say("I want to sleep better")
        call = call_of(community, talk.session)
        wire.stall()
        expect(talk.page.locator(STATUS)).to_have_text("Reconnecting")
        wire.mend()
        next_call(community, talk.session, call)
        coach_says(talk.page, "Welcome back")
        talk.say("I am back")
        end_session(talk.page)
    ended = "SELECT end_reason FROM agent_conversations WHERE id = $1"
    assert community.rows(ended, call) == [("line",)]
    said = [message for sender, message in turns(community, talk.session) if sender == "client"]
    assert [words for words in said if words in talk.said] == talk.said


def test_a_part_that_did_not_load_is_said_and_the_session_goes_on(
    other_person: BrowserContext, server: OpenServer
) -> None:
    page = other_person.new_page()
    session = begin_session(page, server)
    coach_says(page, "Hello Robin.")
    failed = []

    def fail(route: Route) -> None:
        failed.append(route.request.url)
        route.abort("internetdisconnected")

    page.route("**/controls.js", fail, times=1)
    page.reload()
    said = page.get_by_role("alert").filter(has_text="A part of this page did not load.")
    expect(said).to_be_visible()
    assert len(failed) == 1
    expect(page.get_by_text("BidiComponent Error")).to_have_count(0)
    expect(page.get_by_role("button", name="End session")).to_have_count(0)
    said.get_by_role("button", name="Load the page again").click()
    expect(page.get_by_role("button", name="End session")).to_be_visible()
    expect(said).to_have_count(0)
    assert outcome(server, session) == ("active", None)
