"""Where the room's page brings what the agent asks for: who may, what comes back, what is refused how."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from coachroom.rooms.states import EndReason, Session
from coachroom.web.page_requests import MAX_REQUEST_BYTES
from tests.services import enter, report_token
from tests.web.serving import Served
from tests.web.test_routes import ANA, BEN, CHIARA, ELSEWHERE, STAFF


@pytest.fixture
def session(served: Served) -> Session:
    """Ben's open session."""
    return enter(served.services, "demo-ben", "tab of ben")


def ask(served: Served, session: Session, door: str = "tools", who: str | None = BEN, **asked: Any) -> httpx.Response:
    """Posts what the page of this session asks, signed in as `who`."""
    token = {"token": report_token(served.services, session)}
    with served.browser(who) as browser:
        return browser.post(f"/room/{session.room_id}/{door}", content=json.dumps(token | asked))


def goal(title: str, call: str = "call-1") -> dict[str, Any]:
    return {"call_id": call, "name": "save_goal", "parameters": {"title": title}}


def titles(served: Served) -> list[str]:
    return [goal.title for goal in served.services.coaching.goals.list_for("demo-ben")]


def test_a_tool_is_answered_and_its_note_undone(served: Served, session: Session) -> None:
    answer = ask(served, session, **goal("Run"))
    assert answer.status_code == 200
    note = answer.json()["note"]
    assert answer.json() == {
        "result": "Noted for the client to see: Goal: Run.",
        "is_error": False,
        "note": {"id": note["id"], "text": "Goal: Run", "kind": "goal"},
        "stage": "goal",
    }
    assert ask(served, session, **goal("Run")).json() == answer.json()
    assert titles(served) == ["Run"]
    kept = ask(served, session, **goal("Swim", "call-2")).json()["note"]
    undone = ask(served, session, "undo", note=note["id"])
    assert undone.json() == {"undone": True, "notes": [kept]}
    assert ask(served, session, "undo", note=note["id"]).json() == undone.json()
    assert titles(served) == ["Swim"]


def test_a_refusal_is_an_answer_for_the_agent(served: Served, session: Session) -> None:
    answer = ask(served, session, call_id="call-9", name="fly", parameters={})
    assert answer.status_code == 200
    assert answer.json()["is_error"] is True
    assert "save_goal" in answer.json()["result"]
    assert (answer.json()["note"], answer.json()["stage"]) == (None, None)


@pytest.mark.parametrize("given", [{"score": 10**400}, {"done": "\ud800"}], ids=["endless number", "half a sign"])
def test_what_nobody_can_mean_is_a_refusal_too(served: Served, session: Session, given: dict[str, Any]) -> None:
    asked = {"call_id": "call-8", "name": "log_progress", "parameters": {"about": "Run"} | given}
    answer = ask(served, session, **asked)
    assert (answer.status_code, answer.json()["is_error"]) == (200, True)


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
@pytest.mark.parametrize("door", ["tools", "undo", "briefing"])
def test_another_site_asks_for_nothing(served: Served, door: str, headers: dict[str, str]) -> None:
    address = f"{served.origin}/room/any/{door}"
    assert httpx.post(address, headers={"origin": served.origin} | headers, content=b"{}").status_code == 403


@pytest.mark.parametrize("who", [None, ANA, STAFF[0]])
@pytest.mark.parametrize("door", ["tools", "undo", "briefing"])
def test_only_the_sessions_own_client_asks(served: Served, session: Session, door: str, who: str | None) -> None:
    before = titles(served)
    answer = ask(served, session, door, who, **goal("Not mine", "call-3"), note="n")
    assert answer.status_code == 404
    assert titles(served) == before


def test_a_token_is_good_for_its_own_room_only(served: Served, session: Session) -> None:
    other = enter(served.services, "demo-chiara", "tab of chiara")
    with served.browser(BEN) as browser:
        token = {"token": report_token(served.services, session)}
        content = json.dumps(token | goal("Elsewhere", "call-4"))
        assert browser.post(f"/room/{other.room_id}/tools", content=content).status_code == 404
    for token in ("", "x", "\ud800"):
        assert ask(served, session, **goal("Forged", "call-5"), token=token).status_code in (400, 404)
    note = ask(served, other, who=CHIARA, **goal("Hers")).json()["note"]["id"]
    assert ask(served, session, "undo", note=note).status_code == 422
    assert [goal.title for goal in served.services.coaching.goals.list_for("demo-chiara")] == ["Hers"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 10_000,
        b'{"token": 1}',
    ],
)
def test_what_is_no_request_is_refused_in_a_sentence(served: Served, session: Session, content: bytes) -> None:
    with served.browser(BEN) as browser:
        for door in ("tools", "undo", "briefing"):
            answer = browser.post(f"/room/{session.room_id}/{door}", content=content)
            assert answer.status_code == 400
            assert "reload the page" in answer.json()["error"]


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "save_goal", "parameters": {}},
        {"call_id": "c", "parameters": {}},
        {"call_id": "c", "name": "save_goal"},
        {"call_id": "c", "name": "save_goal", "parameters": []},
        {"call_id": 1, "name": "save_goal", "parameters": {}},
        {"call_id": "c" * 300, "name": "save_goal", "parameters": {}},
    ],
    ids=str,
)
def test_a_call_that_lacks_something_is_refused(served: Served, session: Session, asked: dict[str, Any]) -> None:
    assert ask(served, session, **asked).status_code == 400


def test_a_flood_is_refused(served: Served, session: Session) -> None:
    assert ask(served, session, **goal("x" * MAX_REQUEST_BYTES)).status_code == 413


def test_a_session_that_is_over_takes_nothing_and_gives_nothing_back(served: Served, session: Session) -> None:
    note = ask(served, session, **goal("Read more", "call-6")).json()["note"]["id"]
    served.services.sessions.end(session.id, EndReason.CLIENT)
    assert ask(served, session, **goal("Late", "call-7")).status_code == 404
    assert ask(served, session, "undo", note=note).status_code == 404
    assert "Late" not in titles(served)
