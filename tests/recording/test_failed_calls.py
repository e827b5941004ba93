"""Failed calls: why is kept, logged once, and counted for administrators."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.recording.failed_calls import MAX_REFUSALS_IN_SESSION, RecentCalls
from tests.services import ANA, BEN, CALL, NOON, HandClock, delivery, enter, status, store_of

KEPT = "SELECT why, close_code, close_reason FROM refused_calls ORDER BY id"
OVERRIDE = "Override for field 'conversation.text_only' is not allowed by config."


def failed(
    n: int, reason: str = "refused", code: int | None = None, said: str | None = None, at: datetime = NOON
) -> dict[str, Any]:
    return status(1 + n, "failed", at, call=None) | {"reason": reason, "close_code": code, "close_reason": said}


def logged(caplog: pytest.LogCaptureFixture) -> int:
    return sum("call failed" in record.getMessage() for record in caplog.records)


def test_a_call_that_was_refused_is_kept_and_logged_once(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    session = enter(services, ANA)
    report = delivery(failed(1, code=1008, said=OVERRIDE))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            services.intake.receive(session.id, report)
    assert store_of(services).execute(KEPT) == [("refused", 1008, OVERRIDE)]
    (line,) = [record.getMessage() for record in caplog.records if "call failed" in record.getMessage()]
    assert "the override text_only" in line
    assert "1008" in line
    assert "agent apply" in line


def test_a_call_that_broke_off_keeps_its_close_code_and_reason(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    session = enter(services, ANA)
    ended = status(2, "disconnected") | {"reason": "error", "close_code": 1011, "close_reason": "Internal"}
    with caplog.at_level(logging.WARNING):
        services.intake.receive(session.id, delivery(status(1, "connected"), ended))
        services.intake.receive(session.id, delivery(ended))
    row = "SELECT end_reason, close_code, close_reason FROM agent_conversations WHERE id = $1"
    assert store_of(services).execute(row, [CALL]) == [("error", 1011, "Internal")]
    assert logged(caplog) == 1
    assert store_of(services).execute(KEPT) == []


@pytest.mark.parametrize(
    ("reason", "code"), [("user", 1000), ("agent", 1000), ("time", 1000), ("error", None), (None, None)]
)
def test_a_call_that_was_ended_or_whose_device_broke_was_not_failed_by_the_service(
    services: Services, caplog: pytest.LogCaptureFixture, reason: str | None, code: int | None
) -> None:
    session = enter(services, ANA)
    ended = status(2, "disconnected") | {"reason": reason, "close_code": code}
    services.intake.receive(session.id, delivery(status(1, "connected"), ended))
    assert services.failed_calls.recent(20) == RecentCalls(1, ())
    assert "call failed" not in caplog.text


def test_a_call_that_found_no_free_line_failed(services: Services) -> None:
    session = enter(services, ANA)
    ended = status(2, "disconnected") | {"reason": "queue", "close_code": None}
    services.intake.receive(session.id, delivery(status(1, "connected"), ended))
    (cause,) = services.failed_calls.recent(20).causes
    assert "all lines" in cause.refusal.what


def test_the_recent_calls_are_counted_by_cause(services: Services) -> None:
    session = enter(services, ANA)
    events = [status(1, "connected"), status(2, "disconnected") | {"reason": "user", "close_code": 1000}]
    events += [failed(3, code=1008, said=OVERRIDE), failed(4, code=1008, said=OVERRIDE), failed(5, "policy")]
    services.intake.receive(session.id, delivery(*events))
    recent = services.failed_calls.recent(20)
    assert recent.calls == 4
    assert [(cause.calls, "text_only" in cause.refusal.what) for cause in recent.causes] == [(2, True), (1, False)]
    assert services.failed_calls.recent(2).calls == 2


def test_only_the_last_twenty_calls_count(services: Services, clock: HandClock) -> None:
    session = enter(services, ANA)
    for n in range(30):
        now = clock.forward(1)
        event = failed(n, code=1008, said=OVERRIDE, at=now) if n < 13 else failed(n, code=1011, said="", at=now)
        services.intake.receive(session.id, delivery(event, sent_at=now))
    recent = services.failed_calls.recent(20)
    assert (recent.calls, [cause.calls for cause in recent.causes]) == (20, [17, 3])
    assert [cause.latest for cause in recent.causes] == [now, now - timedelta(seconds=17)]


def test_a_client_who_tries_again_and_again_is_logged_once_and_counted_each_time(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    session = enter(services, ANA)
    for n in range(4):
        call = f"conv_{n}"
        broken = {"reason": "error", "close_code": 1011, "close_reason": "Internal"}
        talked = [status(10 + n, "connected", call=call), status(20 + n, "disconnected", call=call) | broken]
        events = [failed(n, code=1008, said=OVERRIDE), *talked]
        services.intake.receive(session.id, delivery(*events, epoch=f"page-{n}"))
    assert logged(caplog) == 2
    assert [cause.calls for cause in services.failed_calls.recent(20).causes] == [4, 4]

    # Somebody else's failure is told of again.
    services.intake.receive(enter(services, BEN).id, delivery(failed(1, code=1008, said=OVERRIDE)))
    assert logged(caplog) == 3


def test_an_address_that_is_refused_again_and_again_counts_once_a_session(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    session = enter(services, ANA)
    for _ in range(3):
        services.failed_calls.no_address(session.id, "quota")
    services.failed_calls.no_address("no-such-session", "quota")
    (cause,) = services.failed_calls.recent(20).causes
    assert (cause.calls, "quota" in cause.refusal.what) == (1, True)
    assert logged(caplog) == 1


def test_a_page_cannot_fill_the_table_or_forge_a_line_of_the_log(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    session = enter(services, ANA)
    many = [failed(n, code=1008, said=f"no\nERROR forged {n}") for n in range(MAX_REFUSALS_IN_SESSION + 9)]
    services.intake.receive(session.id, delivery(*many))
    assert len(store_of(services).execute(KEPT)) == MAX_REFUSALS_IN_SESSION
    assert all("\n" not in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("code", [0, -1, 999, 5000, 1 << 40, 1e300, "1008", True, {"a": 1}])
def test_what_is_no_close_code_is_kept_as_none(services: Services, code: object) -> None:
    session = enter(services, ANA)
    services.intake.receive(session.id, delivery(failed(1) | {"close_code": code}))
    assert store_of(services).execute(KEPT) == [("refused", None, None)]
