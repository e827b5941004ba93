"""The address that the agent's provider reports finished calls to: who is believed, and what each answer is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from coachroom.clock import utc_now
from coachroom.rooms.states import EndReason, Session
from coachroom.web import webhooks_routes
from coachroom.web.webhooks_routes import MAX_WEBHOOK_BYTES
from tests.recording.documents import AGENT_ID, TALK, WEBHOOK_SECRET, record_document, signed, webhook_body
from tests.services import enter, said, status, store_of
from tests.simulator.serving import TEXT_ONLY, until
from tests.simulator.serving import call as practice_call
from tests.web.serving import Served, serving

BEN = "demo-ben"
CALLS = iter(range(10_000))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("told")
    with serving(folder, webhook_secret=WEBHOOK_SECRET, agent_id=AGENT_ID) as running:
        yield running


@pytest.fixture
def session(served: Served) -> Iterator[Session]:
    found = enter(served.services, BEN, "tab of ben")
    yield found
    served.services.sessions.end(found.id, EndReason.CLIENT)


def a_call() -> str:
    return f"conv_web_{next(CALLS)}"


def tell(served: Served, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.post(
        f"{served.origin}/webhooks/elevenlabs",
        content=body,
        headers=signed(body, utc_now()) if headers is None else headers,
    )


def body_about(call: str, user: str = BEN, **more: object) -> bytes:
    began = utc_now() - timedelta(minutes=1)
    return webhook_body(record_document(TALK, call=call, user=user, began=began, **more))  # type: ignore[arg-type]


def kept(served: Served, call: str) -> list[tuple]:
    return store_of(served.services).execute(
        "SELECT session_id, client_id, filed FROM provider_records WHERE conversation_id = $1", [call]
    )


def words(served: Served, session: Session) -> list[str]:
    return [turn.message for turn in served.services.intake.turns(session.id)]


def test_a_call_that_was_told_its_session_is_on_disk_when_it_is_acknowledged_and_filed_soon(
    served: Served, session: Session
) -> None:
    call = a_call()
    answer = tell(served, body_about(call, session_id=session.id))
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert kept(served, call)[0][:2] == (session.id, BEN)
    until(lambda: len(words(served, session)) == len(TALK))


def test_the_same_again_changes_nothing(served: Served, session: Session) -> None:
    call = a_call()
    body = body_about(call, session_id=session.id)
    headers = signed(body, utc_now())
    assert tell(served, body, headers).status_code == 200
    until(lambda: kept(served, call)[0][2])
    before = store_of(served.services).execute("SELECT * FROM provider_records ORDER BY conversation_id")
    for _ in range(3):
        assert tell(served, body, headers).status_code == 200
    assert store_of(served.services).execute("SELECT * FROM provider_records ORDER BY conversation_id") == before


@pytest.mark.parametrize("spoiled", ["nothing", "no signature", "another secret", "another body", "no number"])
def test_what_is_not_signed_is_refused_and_not_kept(served: Served, spoiled: str) -> None:
    call = a_call()
    body = body_about(call)
    headers = {
        "nothing": {},
        "no signature": {"ElevenLabs-Signature": f"t={int(utc_now().timestamp())}"},
        "another secret": signed(body, utc_now(), "another secret"),
        "another body": signed(body + b" ", utc_now()),
        "no number": {"ElevenLabs-Signature": "t=now,v0=" + "0" * 64},
    }[spoiled]
    assert tell(served, body, headers).status_code == 401
    assert kept(served, call) == []


def test_what_is_stale_is_refused_though_it_is_signed(served: Served) -> None:
    call = a_call()
    body = body_about(call)
    assert tell(served, body, signed(body, utc_now() - timedelta(minutes=31))).status_code == 401
    assert kept(served, call) == []


def test_what_is_too_large_is_refused_whether_it_says_so_or_not(served: Served) -> None:
    headers = signed(b"x", utc_now())
    assert tell(served, b"x" * (MAX_WEBHOOK_BYTES + 1), headers).status_code == 413

    def without_a_length() -> Iterator[bytes]:
        for _ in range(MAX_WEBHOOK_BYTES // 65_536 + 2):
            yield b"x" * 65_536

    address = f"{served.origin}/webhooks/elevenlabs"
    assert httpx.post(address, content=without_a_length(), headers=headers).status_code == 413


def test_what_is_signed_and_cannot_be_read_is_a_bad_request(served: Served) -> None:
    whole = body_about(a_call())
    for body in (b"", whole[: len(whole) // 2], b"[]", webhook_body({"conversation_id": "x"})):
        answer = tell(served, body)
        assert answer.status_code == 400
        assert answer.text.startswith("This ")


def test_audio_and_types_that_nobody_knows_are_taken_and_dropped(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    before = store_of(served.services).execute("SELECT count(*) FROM provider_records")
    with caplog.at_level(logging.INFO, logger="coachroom.web.webhooks_routes"):
        for kind in ("post_call_audio", "call_initiation_failure", "of_tomorrow", "of_tomorrow"):
            assert tell(served, webhook_body({"full_audio": "AAAA"}, kind)).status_code == 200
    assert store_of(served.services).execute("SELECT count(*) FROM provider_records") == before
    assert caplog.text.count("of_tomorrow") == 1


def test_a_call_that_nobody_knows_is_kept_until_its_page_names_it(served: Served, session: Session) -> None:
    call = a_call()
    assert tell(served, body_about(call)).status_code == 200
    assert kept(served, call) == [(None, BEN, False)]
    now = utc_now()
    content = [status(1, "connected", now, call), said(2, TALK[1][1], at=now, conversation_id=call)]
    document = {"token": served.services.tokens.issue_report(session.id), "epoch": "page-1", "events": content}
    answer = httpx.post(
        f"{served.origin}/room/{session.room_id}/events", json=document, headers={"origin": served.origin}
    )
    assert answer.status_code == 200
    assert kept(served, call) == [(session.id, BEN, True)]
    assert len(words(served, session)) == len(TALK)


def test_a_session_of_another_client_is_not_filed(served: Served, session: Session) -> None:
    call = a_call()
    assert tell(served, body_about(call, user="demo-ana", session_id=session.id)).status_code == 200
    assert kept(served, call) == [(None, "demo-ana", False)]
    assert words(served, session) == []


def test_calls_of_other_agents_of_the_account_are_not_kept(served: Served) -> None:
    call = a_call()
    assert tell(served, body_about(call, agent_id="agent_of_the_shop")).status_code == 200
    assert kept(served, call) == []


def test_too_many_at_once_are_asked_to_come_back(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    call = a_call()
    monkeypatch.setattr(webhooks_routes, "MAX_AT_ONCE", 0)
    answer = tell(served, body_about(call))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    monkeypatch.undo()
    assert tell(served, body_about(call)).status_code == 200


def test_without_a_secret_the_address_does_not_exist(served: Served) -> None:
    body = body_about(a_call())
    headers = signed(body, utc_now(), "")
    object.__setattr__(served.services, "webhook_secret", None)
    try:
        assert tell(served, body, headers).status_code == 404
    finally:
        object.__setattr__(served.services, "webhook_secret", served.services.settings.webhook_secret)


@pytest.mark.parametrize("duplicate", [False, True])
def test_the_practice_agent_tells_of_its_calls_by_the_same_way(
    served: Served, session: Session, duplicate: bool
) -> None:
    practice = served.services.practice
    assert practice is not None
    practice.faults.duplicate_webhooks = duplicate
    address = f"ws://127.0.0.1:{served.port}/practice/v1/convai/conversation?agent_id={AGENT_ID}"
    told = {"user_id": BEN, "dynamic_variables": {"visit": session.id}}
    try:
        with practice_call(None, url=address, **TEXT_ONLY, **told) as caller:  # type: ignore[arg-type]
            caller.hear("agent_response")
            caller.type("Remember that my sister lives in Lisbon.")
            caller.hear("agent_response")
        # The session goes on, so nobody asks: what comes is told.
        until(lambda: "Remember that my sister lives in Lisbon." in words(served, session))
    finally:
        practice.faults.duplicate_webhooks = False
    assert "my sister lives in Lisbon" in [memory.text for memory in served.services.coaching.memory.list_for(BEN)]
    state = "SELECT record FROM agent_conversations WHERE session_id = $1"
    until(lambda: store_of(served.services).execute(state, [session.id]) == [("complete",)])
