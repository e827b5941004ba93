"""What administrators read on their home page of calls that failed."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app.container import Services
from coachroom.rooms.states import EndReason
from coachroom.ui.dashboard.health import health_findings
from tests.caseload.coaches import AMIRA, CARLA
from tests.services import ANA, HandClock, delivery, enter, status
from tests.ui.pages import ADMIN, COACH, see, words

DAY = 24 * 3600
TEXT_ONLY = "Override for field 'conversation.text_only' is not allowed by config."
SAID = "failed: the agent does not allow the override text_only. Way out: `python -m coachroom agent apply` allows it"


def report(services: Services, clock: HandClock, *, refused: int, fine: int) -> None:
    """A session with so many calls."""
    session, now = enter(services), clock()
    refusal = {"reason": "refused", "close_code": 1008, "close_reason": TEXT_ONLY}
    events = [status(1 + n, "failed", now, call=None) | refusal for n in range(refused)]
    for n in range(fine):
        call = f"conv_{n}"
        ended = status(201 + n, "disconnected", now, call=call) | {"reason": "user", "close_code": 1000}
        events += [status(101 + n, "connected", now, call=call), ended]
    services.intake.receive(session.id, delivery(*events, sent_at=now))


def of_calls(services: Services) -> list[tuple[bool, str]]:
    found = [(finding.good, finding.text.replace("\u00a0", " ")) for finding in health_findings(services)]
    return [(good, text) for good, text in found if " call" in text]


@pytest.mark.parametrize(
    ("refused", "fine", "begins"),
    [(3, 17, "3 of the last 20 calls "), (1, 1, "1 of the last 2 calls "), (1, 0, "The only call so far ")],
)
def test_why_calls_failed_is_named_with_the_way_out(
    services: Services, clock: HandClock, refused: int, fine: int, begins: str
) -> None:
    report(services, clock, refused=refused, fine=fine)
    ((good, text),) = of_calls(services)
    assert not good
    assert text.startswith(begins + SAID)
    assert text.endswith("Last seen on 1 May 2026.")


@pytest.mark.parametrize(
    ("fine", "text"), [(1, "The only call so far went well."), (2, "None of the last 2 calls failed.")]
)
def test_that_no_call_failed_is_said_too(services: Services, clock: HandClock, fine: int, text: str) -> None:
    assert of_calls(services) == []
    report(services, clock, refused=0, fine=fine)
    assert of_calls(services) == [(True, text)]


def of_safety(services: Services) -> list[tuple[bool, str]]:
    return [(finding.good, finding.text) for finding in health_findings(services) if "not safe" in finding.text]


def test_reports_of_safety_are_named_until_they_are_dealt_with(services: Services, clock: HandClock) -> None:
    assert of_safety(services) == [(True, "Nobody reports that a session was not safe.")]
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    services.safety_reports.report(session, "It pressed me.")
    assert of_safety(services) == [(False, "1 report that a session was not safe is not dealt with yet.")]
    services.safety_reports.report_as_coach(session.id, ANA, CARLA, "It pressed her.")
    clock.forward(60 * DAY)
    assert of_safety(services) == [(False, "2 reports that a session was not safe are not dealt with yet.")]
    for report in services.safety_reports.latest(2):
        services.safety_reports.deal_with(report, AMIRA)
    assert of_safety(services) == [(True, "Every report that a session was not safe is dealt with.")]


def test_an_administrator_comes_from_home_to_the_reports_of_safety(services: Services) -> None:
    link = "Read what was reported, on the page System"
    assert link not in links(see(ADMIN))
    services.safety_reports.report(enter(services), "It pressed me.")
    home = see(ADMIN)
    assert "Not everything: look at what is marked." in words(home)
    assert links(home)[link] == "System"


def links(app: AppTest) -> dict[str, str]:
    """The pages that a page links to, by what the links say."""
    return {link.proto.label: link.proto.page for link in app.get("page_link")}


@pytest.mark.parametrize(("person", "shown"), [(ADMIN, True), (COACH, False)])
def test_administrators_read_it_on_their_home_page(
    services: Services, clock: HandClock, person: str, shown: bool
) -> None:
    report(services, clock, refused=3, fine=17)
    assert ("3 of the last 20 calls failed" in words(see(person))) == shown
