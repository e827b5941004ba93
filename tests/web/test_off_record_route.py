"""A room's page takes its session off the record."""

from __future__ import annotations

import json

import httpx

from coachroom.clock import utc_now
from coachroom.rooms.states import EndReason, Session
from tests.services import enter, report_token, said, status, store_of
from tests.web.serving import Served
from tests.web.test_routes import BEN, report

WORDS = "about Balthasar"


def asked(served: Served, session: Session, action: str) -> httpx.Response:
    with served.browser(BEN) as browser:
        content = json.dumps({"token": report_token(served.services, session)})
        return browser.post(f"/room/{session.room_id}/{action}", content=content)


def test_what_was_said_goes_and_the_agent_is_told(served: Served) -> None:
    session = enter(served.services, "demo-ben", "tab of ben")
    now = utc_now()
    report(served, session, status(1, "connected", now, "conv_off"), said(2, WORDS, at=now))
    answer = asked(served, session, "off-record")
    assert answer.status_code == 200
    assert answer.json()["off_record"] is True
    assert "off the record" in answer.json()["tell"]
    assert served.services.intake.turns(session.id) == ()
    told = asked(served, session, "briefing").json()["contexts"]
    assert [each["id"] for each in told] == ["briefing", "record"]
    assert store_of(served.services).execute(
        "SELECT count(*) FROM briefings WHERE session_id = $1", [session.id]
    ) == [(0,)]


def test_words_of_danger_still_show_the_help_lines_and_are_not_stored(served: Served) -> None:
    session = enter(served.services, "demo-ben", "tab of ben")
    assert asked(served, session, "off-record").status_code == 200
    answer = report(served, session, said(1, "I want to kill myself", at=utc_now()))
    assert (answer.json()["ack"], answer.json()["help"]) == (1, True)
    assert served.services.intake.turns(session.id) == ()


def test_a_session_that_is_over_is_not_taken(served: Served) -> None:
    session = enter(served.services, "demo-ben", "tab of ben")
    served.services.rooms.end(session.id, EndReason.CLIENT)
    assert asked(served, session, "off-record").status_code == 404
