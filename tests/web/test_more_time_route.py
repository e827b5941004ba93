"""A room's page asks to make its session longer."""

from __future__ import annotations

import json

import httpx

from coachroom.clock import utc_now
from coachroom.rooms.states import Session
from tests.services import enter, report_token, status, store_of, writer_of
from tests.web.serving import Served
from tests.web.test_routes import BEN, report


def active(served: Served, minutes_ago: float) -> Session:
    """Ben's session, in which the coach was reached so long ago."""
    session = enter(served.services, "demo-ben", "tab of ben")
    report(served, session, status(1, "connected", utc_now(), "conv_more"))
    sql = "UPDATE sessions SET start_time = start_time - $2 * INTERVAL '1 second' WHERE id = $1"
    store_of(served.services).execute(sql, [session.id, minutes_ago * 60])
    writer_of(served.services).submit(lambda each: served.services.rooms.forget(each, [session.id])).result()
    return session


def asked(served: Served, session: Session) -> httpx.Response:
    with served.browser(BEN) as browser:
        content = json.dumps({"token": report_token(served.services, session)})
        return browser.post(f"/room/{session.room_id}/more-time", content=content)


def test_the_answer_has_the_new_end_and_what_the_agent_is_told(served: Served) -> None:
    session = active(served, minutes_ago=28)
    first, second = asked(served, session), asked(served, session)
    assert first.status_code == 200
    assert first.json()["tell"] == (
        "The client has made this session 5 minutes longer. There is time: go on where you were."
    )
    [(seconds,)] = store_of(served.services).execute(
        "SELECT EXTRACT(epoch FROM CAST($2 AS TIMESTAMP) - start_time) FROM sessions WHERE id = $1",
        [session.id, first.json()["ends_at"].rstrip("Z")],
    )
    assert abs(seconds - 35 * 60) < 1
    assert second.status_code == 422
    assert "in its last three minutes" in second.json()["error"]


def test_far_from_its_end_a_session_is_not_made_longer(served: Served) -> None:
    assert asked(served, active(served, minutes_ago=5)).status_code == 422
