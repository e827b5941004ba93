"""Four sessions of one client: asked, tried and kept; after a low rating asked, tried and dropped."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.steps import (
    coach_says,
    end_session,
    enter_room,
    open_room,
    session_in,
    sign_in,
    type_to_coach,
)
from tests.open_server import OpenServer, address_of, until

COACH = "carla.mendes@example.com"
WANTS = "SELECT long_form FROM briefings WHERE session_id = $1"


def told(server: OpenServer, session: str) -> str:
    """What the briefing says of the client's wishes."""
    ((long_form,),) = server.rows(WANTS, session)
    return next((line for line in long_form.splitlines() if line.startswith("Wants: ")), "")


def one_session(page: Page, server: OpenServer, answer: str, wish: str | None = None) -> str:
    """From home through a session in which the client names a topic; its id."""
    page.goto(server.url)
    room = open_room(page)
    if wish is not None:
        page.get_by_role("radio", name=wish).click()
        expect(page.get_by_text("In this session you try this")).to_be_visible()
    enter_room(page)
    coach_says(page, "Good to")
    type_to_coach(page, "My mornings")
    coach_says(page, answer)
    session = session_in(server, room)
    end_session(page)
    return session


def rate(page: Page, stars: int) -> None:
    page.get_by_role("button", name="star_border").nth(stars - 1).or_(
        page.get_by_test_id("stFeedback").get_by_role("radio").nth(stars - 1)
    ).first.click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text(f"{stars} of 5 stars")).to_be_visible()


def test_what_is_tried_is_kept_or_dropped_by_the_clients_word_and_the_coach_follows(
    page: Page, other_person: BrowserContext, server: OpenServer
) -> None:
    name = server.new_client()
    sign_in(page, server.url, name)
    client = until(lambda: server.rows("SELECT client_id FROM members WHERE email = $1", address_of(name))[0][0])
    server.rows("UPDATE members SET coach_email = $1 WHERE client_id = $2", COACH, client)

    # Asked in the lobby, tried in the first session, kept.
    first = one_session(page, server, "Tell me of it what you want to tell.", wish="I set the course")
    assert told(server, first) == "Wants: to set the course themselves (for this session, at the client's wish)"
    page.goto(server.url)
    expect(
        page.get_by_text("You tried this in your last session: the coach leaves the course to you")
    ).to_be_visible()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Should it stay so?")).to_have_count(0)

    # The second follows it; after a low rating they are asked, and try something in the third.
    second = one_session(page, server, "Tell me of it what you want to tell.")
    assert told(server, second) == "Wants: to set the course themselves"
    rate(page, 2)
    page.get_by_role("radio", name="Shorter answers").click()
    expect(page.get_by_text("What should be different next time?")).to_have_count(0)
    third = one_session(page, server, "Tell me of it what you want to tell.")
    assert told(server, third) == (
        "Wants: short answers (for this session, at the client's wish), to set the course themselves"
    )

    # Without the client's word it is as before in the fourth.
    page.goto(server.url)
    page.get_by_role("button", name="As before").click()
    expect(page.get_by_text("Should it stay so?")).to_have_count(0)
    fourth = one_session(page, server, "Tell me of it what you want to tell.")
    assert told(server, fourth) == "Wants: to set the course themselves"

    # All of it stands on their page, and can be stopped.
    page.goto(f"{server.url}/Profile")
    expect(page.get_by_text("Shorter answers, chosen after a session: not kept")).to_be_visible()
    expect(page.get_by_text("I set the course, chosen when you were asked: kept")).to_be_visible()

    # Their own coach sees choices and trials and no number; an analyst sees nobody.
    coach = other_person.new_page()
    sign_in(coach, server.url, "Carla Mendes")
    coach.goto(f"{server.url}/Clients?client={client}")
    expect(coach.get_by_text("Client leads, since")).to_be_visible()
    expect(coach.get_by_text("Shorter answers, chosen after a session: not kept")).to_be_visible()
    expect(coach.get_by_text("One person's ratings cannot tell which way works better")).to_be_visible()

    page.goto(f"{server.url}/Profile")
    page.locator(".st-key-stop_lead").get_by_role("button").click()
    expect(page.get_by_text("You have chosen nothing: the coach works as it comes.")).to_be_visible()
