"""Three sessions of one client: what was agreed comes back, what was forgotten never does, and they see all of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from coachroom.agent.briefing import BEGINS, ENDS, HEAD
from tests.journeys.steps import (
    coach_says,
    end_session,
    enter_room,
    open_room,
    session_in,
    sign_in,
    type_to_coach,
)
from tests.open_server import OpenServer, until

GOAL = "I want to speak up in meetings"
SISTER = "My sister is called Lotte"
BROTHER = "My brother is called Otto"
ACTION = "Ask Tom for feedback"
BRIEFING = "SELECT variables, long_form FROM briefings WHERE session_id = $1"


def enter_again(page: Page, server: OpenServer, greeting: str) -> str:
    """From home into a new call; the session's id."""
    page.goto(server.url)
    room = open_room(page)
    enter_room(page)
    coach_says(page, greeting)
    return session_in(server, room)


def briefing_of(server: OpenServer, session: str) -> tuple[dict, str]:
    """The briefing that was used: variables and long form."""
    ((variables, long_form),) = server.rows(BRIEFING, session)
    return json.loads(variables), long_form


def wait_for_records(server: OpenServer, session: str) -> None:
    """Waits until the provider's record of the session's calls is in."""
    sql = "SELECT count(*) FROM agent_conversations WHERE session_id = $1 AND record <> 'complete'"
    until(lambda: server.rows(sql, session) == [(0,)])


def test_what_was_said_before_is_looked_up_for_the_client_to_see(page: Page, server: OpenServer) -> None:
    sign_in(page, server.url, server.new_client())
    enter_again(page, server, "Hello Robin. Good to have you here.")
    for said, answer in ((GOAL, "Where do you stand with it"), (BROTHER, "What could you do about it")):
        type_to_coach(page, said)
        coach_says(page, answer)
    end_session(page)

    enter_again(page, server, "Hello Robin. Good to see you again.")
    type_to_coach(page, "What did I say about my brother?")
    coach_says(page, f'I looked it up. You said: "{BROTHER}')
    # Nothing is noted by that: there is nothing to undo.
    looked_up = (
        page.get_by_role("list", name="Noted").get_by_role("listitem").filter(has_text="Looked up: my brother")
    )
    expect(looked_up).to_be_visible()
    expect(looked_up.get_by_role("button")).to_have_count(0)


def test_the_third_session_knows_what_was_agreed_and_not_what_was_forgotten(page: Page, server: OpenServer) -> None:
    robin = server.new_client()

    # The first session: a goal, something about her, and a next step; all of it is noted by the coach's tools.
    sign_in(page, server.url, robin)
    first = enter_again(page, server, "Hello Robin. Good to have you here.")
    assert '"Robin"' in briefing_of(server, first)[1]
    for said, answer in (
        (GOAL, "Where do you stand with it"),
        (SISTER, "What could you do about it"),
        ("Ask Tom or prepare a line", "Which one will you do first"),
        (ACTION, "how sure are you"),
    ):
        type_to_coach(page, said)
        coach_says(page, answer)
    expect(page.get_by_role("list", name="Noted")).to_contain_text(ACTION)
    end_session(page)
    expect(page.get_by_text(GOAL).first).to_be_visible()
    wait_for_records(server, first)

    # Between the sessions she finds it all on her pages, and says how she wants to be coached.
    page.get_by_role("link", name="Back to your home page").click()
    expect(page.get_by_text(ACTION).first).to_be_visible()
    page.goto(f"{server.url}/Goals")
    expect(page.get_by_text(GOAL).first).to_be_visible()
    expect(page.get_by_text(ACTION).first).to_be_visible()
    page.goto(f"{server.url}/Memory")
    expect(page.get_by_text("Your sister is called Lotte.").first).to_be_visible()
    expect(page.get_by_text("You want to speak up in meetings.").first).to_be_visible()

    # The second session begins with what was agreed, and knows what she said of herself.
    second = enter_again(page, server, f'Last time you wanted to: "{ACTION}"')
    type_to_coach(page, "Yes, I did")
    coach_says(page, "What would you like to work on today?")
    type_to_coach(page, "What do you remember about me?")
    coach_says(page, SISTER)
    end_session(page)
    wait_for_records(server, second)
    of_this_action = (
        "SELECT a.status FROM actions a JOIN sessions s USING (client_id) WHERE s.id = $1 AND a.title = $2"
    )
    assert server.rows(of_this_action, first, ACTION) == [("done",)]

    # She forgets her sister.
    page.goto(f"{server.url}/Memory")
    card = page.locator('[class*="st-key-memory_"]').filter(has_text="Your sister is called Lotte.").last
    card.get_by_role("button", name="Forget", exact=True).click()
    expect(page.get_by_text("Forgotten. You can undo")).to_be_visible()
    assert server.rows("SELECT count(*) FROM memories WHERE text LIKE '%Lotte%'") == [(0,)]

    # The third session: the goal is still there, the action is done, and Lotte is nowhere.
    third = enter_again(page, server, "Hello Robin. Good to see you again.")
    type_to_coach(page, "What do you remember about me?")
    coach_says(page, "remember")
    variables, long_form = briefing_of(server, third)
    assert "Lotte" not in long_form
    assert variables == {
        "client_name": "Robin",
        "session_number": 3,
        "last_session": "today",
        "goals": json.dumps(GOAL),
        "open_actions": "none",
        "opening": "as it comes",
        "visit": third,
    }
    assert long_form.splitlines() == [
        HEAD,
        BEGINS,
        'Name: "Robin"',
        "Session: 3, the last one was today",
        f"Today: {datetime.now(UTC):%Y-%m-%d, a %A}, where the client is",
        f'Goal: "{GOAL}" | importance 2 of 3 | difficulty 2 of 3',
        'Last summary: "The client wants to speak up in meetings."',
        f'Last summary: "The client will do this: \\"{ACTION}\\"."',
        ENDS,
    ]
    conversation = server.rows("SELECT agent_conversation_id FROM sessions WHERE id = $1", third)[0][0]
    assert "Lotte" not in str(server.coach_knows(conversation))
    end_session(page)
    said = server.rows("SELECT message FROM conversations WHERE session_id = $1 AND sender = 'agent'", third)
    assert not [words for (words,) in said if "Lotte" in words]
    page.goto(f"{server.url}/Memory")
    page.get_by_text("Word for word").click()
    expect(page.get_by_text("--- the client's record ---")).to_be_visible()
    expect(page.get_by_text("Lotte")).to_have_count(0)
