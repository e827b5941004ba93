"""A network that goes away for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.journeys.steps import begin_session, coach_says, end_session, outcome, turns, type_to_coach
from tests.journeys.wire import wire_to
from tests.open_server import OpenServer, open_server, until

AWAY_MS = 1_500
# Nothing of what the page reports reaches the server from here on, as when the line fails before the socket does.
CUT_OFF_REPORTS = """() => {
  const real = window.fetch;
  window.fetch = (url, given) =>
    String(url).endsWith("/events") && !window.back ? Promise.reject(new Error("offline")) : real(url, given);
}"""


TOLD = (
    "SELECT count(*) FROM conversations WHERE session_id = $1 AND message = 'Are you still there' "
    "AND context ->> 'source' = $2"
)


@pytest.fixture
def patient_server(tmp_path: Path) -> Iterator[OpenServer]:
    """Waits for those who were cut off as long as in real life."""
    with open_server(tmp_path) as live:
        yield live


def test_a_dropped_network_comes_back_to_the_same_session_and_loses_no_word(
    other_person: BrowserContext, patient_server: OpenServer
) -> None:
    with wire_to(int(patient_server.url.rsplit(":", 1)[1])) as wire:
        server = replace(patient_server, url=f"http://localhost:{wire.port}")
        page = other_person.new_page()
        session = begin_session(page, server, "Ben Okafor")
        page.evaluate(CUT_OFF_REPORTS)
        type_to_coach(page, "Are you still there")
        coach_says(page, "Are you still there")
        wire.cut()
        page.wait_for_timeout(AWAY_MS)
        # The agent told of it when the call broke off; the page has not, so far.
        assert server.rows(TOLD, session, "live") == [(0,)]
        assert outcome(server, session) == ("active", None)

        wire.mend()
        page.evaluate("() => { window.back = true; }")
        until(lambda: server.rows(TOLD, session, "live") == [(1,)])
        assert turns(server, session).count(("client", "Are you still there")) == 1
        page.get_by_role("button", name="Continue the conversation").click()
        type_to_coach(page, "I am back")
        coach_says(page, "I am back")
        expect(page.get_by_role("button", name="End session")).to_be_visible()
        end_session(page)
    assert outcome(server, session) == ("completed", "client")
    assert server.rows("SELECT count(*) FROM sessions WHERE id = $1 OR status = 'active'", session) == [(1,)]
