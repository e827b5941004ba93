"""A coach finds a client in a session and asks to join; the client says whether coaches may ask at all."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.conftest import LOCAL
from tests.journeys.shared import SharedApps
from tests.journeys.steps import begin_session, end_session, sign_in
from tests.journeys.test_accessibility import BY_ALL_RULES, BY_CONTRAST, looked_at
from tests.open_server import OpenServer, until

COACH = "Carla Mendes"
REASON = "Please let me listen for a while"
# Longer than the coach's list takes to look again.
LOOKED_AGAIN_MS = 6_000
WAYS = (*BY_ALL_RULES, *BY_CONTRAST)


@pytest.fixture(scope="module")
def joinable(apps: SharedApps) -> OpenServer:
    """Human coaches may ask to join."""
    return apps.with_settings({**LOCAL, "COACHROOM_LIVE_COACH": "true"})


@pytest.fixture
def client(joinable: OpenServer) -> str:
    """A client of Carla's; their name."""
    name = joinable.new_client()
    joinable.give_coach(name, COACH)
    return name


def test_a_client_appears_by_themself_and_is_asked_with_the_coachs_own_words(
    page: Page, other_person: BrowserContext, joinable: OpenServer, client: str
) -> None:
    coach = other_person.new_page()
    sign_in(coach, joinable.url, COACH)
    expect(coach.get_by_text("None of your clients is in a session right now.")).to_be_visible()
    session = begin_session(page, joinable, client)
    reason = coach.get_by_role("combobox", name=f"Why you ask {client}")
    expect(reason).to_be_visible()
    assert looked_at(coach, "Home with somebody in a session", WAYS) == []

    reason.click()
    reason.press_sequentially(REASON)
    coach.wait_for_timeout(LOOKED_AGAIN_MS)
    expect(reason).to_have_value(REASON)
    reason.press("Enter")
    coach.get_by_role("button", name="Ask to join").click()
    expect(coach.get_by_role("heading", name=f"{client}'s session")).to_be_visible()
    [(join, asked)] = joinable.rows("SELECT id, reason FROM live_joins WHERE session_id = $1", session)
    assert (asked, coach.url.partition("join=")[2]) == (REASON, join)

    coach.goto(joinable.url)
    expect(coach.get_by_role("link", name="Go to this session")).to_be_visible()
    end_session(page)
    expect(coach.get_by_text("None of your clients is in a session right now.")).to_be_visible()
    expect(page.get_by_role("heading", name="Who asked to join you")).to_be_visible()
    assert looked_at(page, "Session with a coach who asked", WAYS) == []


def test_a_client_who_does_not_want_to_be_asked_is_on_no_list(
    person: BrowserContext, other_person: BrowserContext, joinable: OpenServer, client: str
) -> None:
    coach, room, privacy = other_person.new_page(), person.new_page(), person.new_page()
    begin_session(room, joinable, client)
    sign_in(coach, joinable.url, COACH)
    expect(coach.get_by_role("button", name="Ask to join")).to_be_visible()
    privacy.goto(f"{joinable.url}/Privacy")
    privacy.get_by_text("My human coach may ask to join a session").click()
    expect(coach.get_by_text("None of your clients is in a session right now.")).to_be_visible()
    assert until(lambda: joinable.rows("SELECT may_ask FROM live_choices")) == [(False,)]
    privacy.reload()
    expect(privacy.get_by_role("switch", name="My human coach may ask")).not_to_be_checked()
    assert looked_at(privacy, "Privacy where coaches may ask", WAYS) == []
