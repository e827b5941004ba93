"""A human coach's question: suggested, taken by the client, asked by the AI coach, and known as asked to both."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.steps import (
    coach_says,
    end_session,
    enter_room,
    first_session_with_coach,
    open_room,
    session_in,
    sign_in,
    type_to_coach,
)
from tests.journeys.visit import COACH
from tests.open_server import OpenServer

WORDS = "What would you do if nobody watched?"


def test_a_question_is_suggested_taken_asked_and_marked_as_asked(
    page: Page, other_person: BrowserContext, server: OpenServer
) -> None:
    client_id = first_session_with_coach(page, server, COACH)

    # The coach suggests it on the page of this client.
    coach = other_person.new_page()
    sign_in(coach, server.url, COACH)
    coach.goto(f"{server.url}/Clients?client={client_id}")
    coach.get_by_label("The question").fill(WORDS)
    coach.get_by_role("button", name="Suggest this question").click()
    expect(coach.get_by_text("waits for the client's word")).to_be_visible()

    # The client reads whom it is from, and says yes.
    page.goto(server.url)
    page.get_by_role("link", name="1 thing waits for your word").click()
    expect(page.get_by_text(f"{COACH} suggests a question for your next session")).to_be_visible()
    page.get_by_role("button", name="Yes, ask me").click()
    expect(page.get_by_text("You said yes: the AI coach asks it once in your next session.")).to_be_visible()

    # The AI coach asks it, and not as the first thing.
    page.goto(server.url)
    room = open_room(page)
    enter_room(page)
    coach_says(page, "Good to see you again")
    second = session_in(server, room)
    type_to_coach(page, "I want to write to Tom")
    coach_says(page, "Where do you stand with it")
    type_to_coach(page, "I have put it off twice")
    coach_says(page, f'{COACH} would like me to ask you: "{WORDS}"')
    end_session(page)

    # Both read in which session it was asked.
    page.goto(f"{server.url}/Goals")
    expect(page.get_by_text(re.compile(r"Asked in the session of \d+ \w+ \d{4}\."))).to_be_visible()
    coach.goto(f"{server.url}/Clients?client={client_id}")
    expect(coach.get_by_text("asked in the session of")).to_be_visible()
    sql = "SELECT status, session_id FROM coach_questions WHERE client_id = $1"
    assert server.rows(sql, client_id) == [("asked", second)]
