"""A client reports that a session was not safe, reads what they reported, and takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.errors import NotAllowedError
from coachroom.rooms.safety_reports import MAX_WORDS_CHARS, SafetyReport
from coachroom.rooms.states import EndReason
from tests.services import ANA, BEN, NOON, HandClock, enter, opened


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock) as services:
        yield services


def test_a_report_is_kept_with_its_words_and_taken_back(services: Services) -> None:
    reports, session = services.safety_reports, enter(services)
    reports.report(session, "  It pressed me. ")
    kept = SafetyReport(session.id, ANA, "It pressed me.", NOON)
    assert reports.of_session(session.id) == kept
    assert reports.latest(10) == [kept]
    reports.take_back(session)
    assert reports.of_session(session.id) is None
    assert reports.latest(10) == []


def test_words_are_optional_and_the_last_ones_count(services: Services, clock: HandClock) -> None:
    reports, session = services.safety_reports, enter(services)
    reports.report(session, " ")
    assert reports.latest(1)[0].words is None
    later = clock.forward(60)
    reports.report(session, "x" * 3_000)
    assert reports.latest(10) == [SafetyReport(session.id, ANA, "x" * MAX_WORDS_CHARS, later)]


def test_the_latest_come_first_and_no_more_than_asked_for(services: Services, clock: HandClock) -> None:
    for client in (ANA, BEN):
        services.safety_reports.report(enter(services, client), client)
        clock.forward(60)
    assert [report.client_id for report in services.safety_reports.latest(10)] == [BEN, ANA]
    assert [report.client_id for report in services.safety_reports.latest(1)] == [BEN]


def test_nothing_is_reported_of_a_session_that_is_not_on_record(services: Services) -> None:
    session = enter(services)
    services.off_record.take(session)
    services.sessions.end(session.id, EndReason.CLIENT)
    with pytest.raises(NotAllowedError, match="not on record"):
        services.safety_reports.report(session, "It pressed me.")
    assert services.safety_reports.latest(10) == []
