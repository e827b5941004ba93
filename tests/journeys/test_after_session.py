"""What a client says after a session reaches the numbers and the coach."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.steps import sign_in
from tests.open_server import OpenServer, address_of, until

COACH = "carla.mendes@example.com"
A_WEEK_AGO = "SET start_time = start_time - INTERVAL '7 days' WHERE client_id = $1"
LOW = 3


def session_of(server: OpenServer, client: str) -> str:
    """A session that has just ended, and whose facts are made."""
    _, session, _ = server.enter(client)
    server.end_session(session)
    until(lambda: server.rows("SELECT 1 FROM session_facts WHERE session_id = $1", session))
    return session


def answer(page: Page, url: str, session: str, answers: dict[str, int]) -> None:
    """Answers the questions of the session's page, which are these and no others."""
    page.goto(f"{url}/Session?session={session}")
    for question, score in answers.items():
        group = page.get_by_role("radiogroup", name=question)
        group.get_by_text(str(score), exact=True).click()
    expect(page.get_by_text("0: not at all")).to_have_count(len(answers))
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Thank you.")).to_be_visible()


def test_a_check_in_reaches_satisfaction_and_the_coachs_reason(
    page: Page, other_person: BrowserContext, server: OpenServer
) -> None:
    name = server.new_client()
    sign_in(page, server.url, name)
    client = until(lambda: server.rows("SELECT client_id FROM members WHERE email = $1", address_of(name))[0][0])
    server.rows("UPDATE members SET coach_email = $1 WHERE client_id = $2", COACH, client)
    first, second = session_of(server, client), session_of(server, client)
    # The first one's questions are drawn when its page is seen first.
    half = {"Did you feel heard?": LOW, "Did you talk about what matters to you?": 9}
    answer(page, server.url, first, {"Does the coach's way of working suit you?": 9, **half})
    whole = {"Does the coach's way of working suit you?": 8, "On the whole, was this session right for you?": 7}
    answer(page, server.url, second, whole)
    for table in ("sessions", "session_facts"):
        server.rows(f"UPDATE {table} {A_WEEK_AGO}", client)

    coach = other_person.new_page()
    sign_in(coach, server.url, "Carla Mendes")
    expect(
        coach.get_by_role(
            "link", name=re.compile(f"{name} gave .* in the last check-in, {LOW} of 10 for being heard")
        )
    ).to_be_visible()
    coach.goto(f"{server.url}/Satisfaction")
    card = coach.get_by_test_id("stMetric").filter(has_text="check-in")
    expect(card).to_contain_text(str(LOW + 9 + 8 + 7))
