"""The budget at the doors where a signed address and a call's briefing are asked for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from coachroom.rooms.states import EndReason, Session, SessionStatus
from tests.services import enter, report_token, status, store_of
from tests.web.serving import Served, serving
from tests.web.test_routes import ANA, BEN, report

ATTACK = 150
CLIENT_ADDRESSES, COMMUNITY_ADDRESSES = 48, 60


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, community_addresses_per_day=COMMUNITY_ADDRESSES) as running:
        yield running


def ask(served: Served, session: Session, email: str, door: str) -> httpx.Response:
    with served.browser(email) as browser:
        content = json.dumps({"token": report_token(served.services, session)})
        return browser.post(f"/room/{session.room_id}/{door}", content=content)


def test_150_requests_for_an_address_get_those_of_a_day(served: Served) -> None:
    session = enter(served.services, "demo-ben", "tab of ben")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: ask(served, session, BEN, "access"), range(ATTACK)))
    assert Counter(answer.status_code for answer in answers) == {
        200: CLIENT_ADDRESSES,
        429: ATTACK - CLIENT_ADDRESSES,
    }
    refusal = next(answer for answer in answers if answer.status_code == 429)
    assert refusal.json() == {
        "error": "You have used your time with the coach for today. The next day starts at midnight (UTC).",
        "retry_after": None,
    }
    # Another client still gets theirs, and no more than the community has.
    other = enter(served.services, "demo-ana", "tab of ana")
    codes = [ask(served, other, ANA, "access").status_code for _ in range(COMMUNITY_ADDRESSES - CLIENT_ADDRESSES + 1)]
    assert codes == [200] * (COMMUNITY_ADDRESSES - CLIENT_ADDRESSES) + [429]
    handed_out = store_of(served.services).execute("SELECT sum(handed_out) FROM signed_addresses")
    assert handed_out == [(COMMUNITY_ADDRESSES,)]
    told = httpx.get(served.origin + "/metrics").text.splitlines()
    assert f'coachroom_budget_used{{kind="addresses",period="community_day"}} {COMMUNITY_ADDRESSES}.0' in told
    assert f'coachroom_budget_limit{{kind="addresses",period="community_day"}} {COMMUNITY_ADDRESSES}.0' in told
    assert f'coachroom_budget_refusals_total{{period="client_day"}} {ATTACK - CLIENT_ADDRESSES}.0' in told
    assert 'coachroom_budget_refusals_total{period="community_day"} 1.0' in told


@pytest.mark.parametrize("door", ["access", "briefing"])
def test_where_the_minutes_are_spent_no_door_opens(tmp_path: Path, door: str) -> None:
    with serving(tmp_path, client_minutes_per_day=10) as served:
        first = enter(served.services, "demo-ben", "tab of ben")
        told = ask(served, first, BEN, "briefing").json()
        assert told["budget"]["period"] == "client_day"
        refused = ask(served, first, BEN, door)
        assert refused.status_code == 429
        assert "for today" in refused.json()["error"]


def test_a_session_with_enough_left_is_told_of_no_limit(served: Served) -> None:
    session = enter(served.services, "demo-ben", "tab of ben")
    assert ask(served, session, BEN, "briefing").json()["budget"] is None


def test_a_call_that_the_budget_did_not_let_start_is_no_failed_session(served: Served) -> None:
    session = enter(served.services, "demo-ben", "tab of ben")
    report(served, session, status(1, "failed", call=None, reason="budget"))
    served.services.sessions.end(session.id, EndReason.CLIENT)
    ended = served.services.rooms.session(session.id)
    assert ended is not None
    assert ended.status is SessionStatus.ABANDONED
