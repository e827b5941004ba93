"""The whole session: greeting, conversation, end, rating, and reading it again."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.steps import (
    begin_session,
    call_of,
    coach_says,
    end_session,
    outcome,
    picture_moves,
    self_view,
    turns,
    type_to_coach,
)
from tests.open_server import OpenServer, until

GOAL = "I want to sleep better"
DETAILS = (
    "SELECT seq, timestamp, context ->> 'conversation_id', context ->> 'source', context ->> 'typed', "
    "context ->> 'typed_ms' FROM conversations WHERE session_id = $1 ORDER BY seq"
)


def test_a_client_types_ends_the_session_rates_it_and_reads_it_again(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    # Or the coach hears the beep before the words, on a slow machine.
    page.get_by_role("button", name="Mute microphone").click()
    picture_moves(self_view(page).locator("video"))
    type_to_coach(page, GOAL)
    coach_says(page, "Where do you stand with it")
    until(lambda: server.rows(DETAILS, session)[-1][5])
    end_session(page)

    page.get_by_role("radio", name="4 out of 5 stars").click()
    page.get_by_label("Anything you want to add").fill("Calm & clear <3")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("You gave this session 4 of 5 stars")).to_be_visible()

    page.get_by_role("link", name="Back to your home page").click()
    page.get_by_role("link", name="finished").first.click()
    expect(page.get_by_role("heading", name="What was said")).to_be_visible()
    expect(page.get_by_text(GOAL, exact=True)).to_be_visible()
    expect(page.get_by_text("Calm & clear <3")).to_be_visible()

    assert outcome(server, session) == ("completed", "client")
    assert server.rows("SELECT rating, comment FROM feedback WHERE session_id = $1", session) == [
        (4, "Calm & clear <3")
    ]
    call = server.call(call_of(server, session))
    kept = turns(server, session)
    assert [sender for sender, _ in kept] == ["agent", "client", "agent"]
    assert kept[1][1] == GOAL
    # The greeting was cut short by typing: what is kept is what was heard, as the coach has it.
    assert [turn.message for turn in call.turns if turn.message] == [message for _, message in kept]
    assert kept[0][1] != call.turns[0].original
    details = server.rows(DETAILS, session)
    assert [row[0] for row in details] == [1, 2, 3]
    assert [row[1] for row in details] == sorted(row[1] for row in details)
    assert {(row[2], row[3]) for row in details} == {(call.id, "live")}
    assert [row[4] for row in details] == [None, "true", None]
    assert 0 < int(details[2][5]) < 3000


def test_a_client_talks_and_the_coach_hears_and_answers(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    until(lambda: len(turns(server, session)) >= 3)
    spoken = turns(server, session)
    assert [sender for sender, _ in spoken[:3]] == ["agent", "client", "agent"]
    assert spoken[1][1].startswith("(spoke for")
    heard = server.call(call_of(server, session)).turns[1]
    assert (heard.role, heard.medium) == ("user", "audio")
    coach_says(page, "I can hear that you speak")
    end_session(page)
    assert outcome(server, session) == ("completed", "client")
    expect(page.get_by_text("(spoke for").first).to_be_visible()
