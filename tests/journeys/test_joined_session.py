"""A session with a human coach, as the practice coach hears it and as its client reads it afterwards."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import QUICK
from tests.journeys.shared import SharedApps
from tests.journeys.steps import coach_says, end_session, type_to_coach
from tests.journeys.two_voices import sounds
from tests.journeys.visit import COACH, REASON, Visit, two_people
from tests.open_server import OpenServer, until

HINT = "They never tried going to bed earlier."
MESSAGE = "Take your time with that."
TYPED = "I lie awake for hours"
WHOLE = "SELECT count(*) FROM agent_conversations WHERE session_id = $1 AND record <> 'complete'"
SAID = (
    "SELECT sender, message, context ->> 'written' FROM conversations WHERE session_id = $1 AND sender <> 'agent' "
    "AND message <> '' ORDER BY seq"
)


@pytest.fixture(scope="module", params=["normal", "awkward"])
def joinable(apps: SharedApps, request: pytest.FixtureRequest) -> OpenServer:
    """Human coaches may ask to join; the practice coach in both of its moods."""
    mood = {"COACHROOM_PRACTICE_MOOD": request.param}
    return apps.with_settings(QUICK | {"COACHROOM_LIVE_COACH": "true", "COACHROOM_GRACE_SECONDS": "20"} | mood)


def speaks(visit: Visit, page: Page, caption: str) -> None:
    """This person speaks for two seconds, and `caption` is on record: in the awkward mood it comes late.

    Whoever is not answered, since the AI coach began to speak at that moment, says it again.
    """

    def heard() -> int:
        return sum(message.startswith(caption) for _, message, _ in visit.server.rows(SAID, visit.session))

    before = heard()
    for seconds in (10, 10, 30):
        sounds(page, True)
        page.wait_for_timeout(2_000)
        sounds(page, False)
        with suppress(AssertionError):
            until(lambda: heard() > before, seconds)
            return
    raise AssertionError(f"{caption!r} is not on record.")


def test_two_voices_and_a_hint_are_heard_and_read_once_under_the_right_name(
    browser: Browser, joinable: OpenServer
) -> None:
    with two_people(browser, joinable) as visit:
        speaks(visit, visit.client, "(spoke for")
        visit.ask()
        visit.let_in()
        visit.press("Talk to both")
        visit.client_reads("who hears you both")
        speaks(visit, visit.coach, "(a second voice spoke for")
        speaks(visit, visit.client, "(spoke for")
        visit.write("Hint for the AI coach", HINT, "Send the hint")
        visit.client_reads("You can read it after the session.")
        type_to_coach(visit.client, TYPED)
        coach_says(visit.client, 'Let us look at this as well: "They never tried going to bed earlier".')
        visit.write("Message to the client", MESSAGE, "Send the message")
        visit.client_reads(f"{COACH}: {MESSAGE}")
        end_session(visit.client)
        visit.coach_reads(f"{visit.name}'s session is over, or off the record.")

        expect(visit.client.get_by_role("heading", name="Who joined you")).to_be_visible()
        expect(visit.client.get_by_text(f"{COACH} asked at")).to_contain_text(f"“{REASON}” You let them in for")
        until(lambda: joinable.rows(WHOLE, visit.session) == [(0,)])
        visit.client.reload()
        for note, words in (("a hint for the AI coach", HINT), ("written to you", MESSAGE)):
            turn = (
                visit.client.get_by_test_id("stChatMessage")
                .filter(has_text=f"{COACH}, human coach")
                .filter(has_text=note)
            )
            expect(turn).to_have_count(1)
            expect(turn).to_contain_text(words)
        said = joinable.rows(SAID, visit.session)
    kinds = [(sender, written or message.partition(" for ")[0]) for sender, message, written in said]
    assert kinds == [
        ("client", "(spoke"),
        ("coach", "(a second voice spoke"),
        ("client", "(spoke"),
        ("coach", "hint"),
        ("client", TYPED.partition(" for ")[0]),
        ("coach", "message"),
    ]
