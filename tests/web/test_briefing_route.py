"""What a call is told, as the room's page asks for it when the call starts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.clock import utc_now
from coachroom.rooms.states import EndReason, Session
from tests.services import enter, report_token, said, status, store_of
from tests.web.serving import Served
from tests.web.test_routes import BEN, report

HOSTILE = "<script>alert(1)</script> **bold** \u202e'; --"


@pytest.fixture
def session(served: Served) -> Session:
    """Ben's open session."""
    return enter(served.services, "demo-ben", "tab of ben")


def briefing_of(served: Served, session: Session) -> tuple[dict[str, Any], dict[str, str]]:
    """The variables, and the text of each context by its id."""
    with served.browser(BEN) as browser:
        content = json.dumps({"token": report_token(served.services, session)})
        answer = browser.post(f"/room/{session.room_id}/briefing", content=content)
        assert answer.status_code == 200
    return answer.json()["variables"], {each["id"]: each["text"] for each in answer.json()["contexts"]}


def add_late_action(services: Services, client: str) -> None:
    store_of(services).execute(
        "INSERT INTO actions (id, client_id, title, status, due_at, created_at) "
        "VALUES ('late-1', $1, 'See the doctor', 'open', '2026-01-02', '2026-01-01')",
        [client],
    )


def test_each_calls_briefing_has_what_is_so_when_it_starts(served: Served, session: Session) -> None:
    services = served.services
    variables, contexts = briefing_of(served, session)
    assert (variables["resumed"], set(contexts)) == ("no", {"briefing"})

    report(served, session, status(1, "connected", utc_now(), "conv_told"), said(2, "I want to run", at=utc_now()))
    services.tools.call(session, "call-1", "save_goal", {"title": "Run"})
    services.tools.call(session, "call-2", "add_action", {"title": "Buy shoes"})
    add_late_action(services, session.client_id)

    variables, contexts = briefing_of(served, session)
    assert variables["resumed"] == "yes"
    assert "Client: I want to run" in contexts["resumed"]
    assert variables["goals"] == '"Run"'
    assert variables["open_actions"] == '"See the doctor" (late)'
    assert '"Buy shoes" | agreed in this session' in contexts["briefing"]
    used = services.briefings.of_session(session.id)
    assert used is not None
    assert used.long_form == contexts["briefing"]


def test_what_was_forgotten_since_is_in_no_briefing(served: Served, session: Session) -> None:
    report(served, session, status(1, "connected", utc_now(), "conv_forgot"), said(2, "My dog is Rex", at=utc_now()))
    services = served.services
    services.tools.call(session, "call-3", "remember", {"text": "My dog is Rex"})
    (memory,) = services.coaching.memory.list_for(session.client_id)
    services.coaching.memory.forget(session.client_id, memory.id)
    assert "Rex" not in str(briefing_of(served, session))


def test_a_name_stays_data_in_the_briefing(served: Served, session: Session) -> None:
    store_of(served.services).execute("UPDATE members SET display_name = $1 WHERE email = $2", [HOSTILE, BEN])
    variables, contexts = briefing_of(served, session)
    assert variables["client_name"] == HOSTILE.split(maxsplit=1)[0]
    assert next(line for line in contexts["briefing"].splitlines() if "alert" in line).startswith('Name: "')


def test_a_session_that_is_over_gets_no_briefing(served: Served, session: Session) -> None:
    served.services.sessions.end(session.id, EndReason.CLIENT)
    with served.browser(BEN) as browser:
        content = json.dumps({"token": report_token(served.services, session)})
        assert browser.post(f"/room/{session.room_id}/briefing", content=content).status_code == 404
