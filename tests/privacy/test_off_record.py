"""A session off the record keeps its times, and nothing else: whatever was stored of it, and whatever comes late."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.agent.tools import NOTHING_NOTED
from coachroom.app.container import Services
from coachroom.caseload.handoffs import HandedParts
from coachroom.coaching.stages import Stage
from coachroom.coaching.validation import InvalidInputError
from coachroom.elevenlabs.call_record import read_record
from coachroom.errors import NotAllowedError, RoomNotFoundError
from coachroom.privacy.client_data import RULES
from coachroom.privacy.erasure_lines import WhatGoes
from coachroom.privacy.off_record import KEPT
from coachroom.rooms.feedback import Feedback
from coachroom.rooms.states import EndReason, Session, SessionStatus
from tests.recording.documents import record_document
from tests.services import (
    ANA,
    CALL,
    NOON,
    HandClock,
    delivery,
    enter,
    fresh_intake,
    list_of,
    opened,
    said,
    status,
    store_of,
)

SECRET_WORDS = "my brother Balthasar"


def holding(services: Services, words: str) -> set[str]:
    """The tables in which these words stand."""
    found = "SELECT count(*) FROM {} AS r WHERE strpos(CAST(to_json(r) AS VARCHAR), $1) > 0"
    return {table for table in RULES if store_of(services).execute(found.format(table), [words])[0][0]}


def begin(services: Services, *, off_record: bool) -> Session:
    services.rooms.give_consent(ANA)
    room = services.rooms.create(ANA)
    session, _ = services.sessions.enter(room.id, ANA, "tab-1", off_record=off_record)
    services.briefings.prepare(session.id, ANA, kept=not off_record)
    services.intake.receive(session.id, delivery(status(1, "connected"), sent_at=NOON))
    return session


def talk(services: Services, session: Session, clock: HandClock) -> None:
    """Words, a silence, a reminder and what tools note, as in any session."""
    clock.forward(90)
    events = [
        said(2, f"I quarrel with {SECRET_WORDS}", at=clock()),
        {"n": 3, "kind": "silence", "seconds": 12, "broken_by": "client", "at": "2026-05-01T12:01:00.000Z"},
        {"n": 4, "kind": "reminder", "at": "2026-05-01T12:01:10.000Z"},
    ]
    receipt = services.intake.receive(session.id, delivery(*events, sent_at=clock()))
    assert receipt.ack == 4
    for number, (tool, given) in enumerate(
        [
            ("save_goal", {"title": f"Talk with {SECRET_WORDS}"}),
            ("add_action", {"title": f"Call {SECRET_WORDS}"}),
            ("remember", {"text": f"You quarrel with {SECRET_WORDS}"}),
            ("wrap_up", {"summary": f"I quarrel with {SECRET_WORDS}."}),
        ]
    ):
        current = services.rooms.session(session.id)
        assert current is not None
        services.tools.call(current, f"call-{number}", tool, given)


def rows_of_session(services: Services, session: Session) -> set[str]:
    """The tables that hold something of the session."""
    return holding(services, session.id)


def test_nothing_of_a_session_that_was_off_the_record_from_the_start_is_stored(
    services: Services, clock: HandClock
) -> None:
    session = begin(services, off_record=True)
    talk(services, session, clock)
    assert holding(services, SECRET_WORDS) == set()
    services.intake.receive(session.id, delivery(status(5, "disconnected", at=clock()), sent_at=clock()))
    services.sessions.end(session.id, EndReason.CLIENT)
    services.facts.make_all()
    assert holding(services, SECRET_WORDS) == set()
    assert rows_of_session(services, session) <= KEPT | {"rooms"}
    over = services.rooms.session(session.id)
    assert over is not None
    assert (over.status, over.end_time) == (SessionStatus.COMPLETED, NOON + timedelta(seconds=90))


def test_it_counts_as_a_session_with_its_length_alone(services: Services, clock: HandClock) -> None:
    session = begin(services, off_record=True)
    talk(services, session, clock)
    services.sessions.end(session.id, EndReason.CLIENT)
    services.facts.make_all()
    facts = "SELECT duration_seconds, client_turns, agent_turns, agent_id, off_record FROM session_facts"
    assert store_of(services).execute(facts) == [(90.0, 0, 0, None, True)]


def test_what_was_stored_goes_as_it_is_taken_off_the_record(services: Services, clock: HandClock) -> None:
    session = begin(services, off_record=False)
    talk(services, session, clock)
    kinds = holding(services, SECRET_WORDS)
    assert {"conversations", "goals", "actions", "memories", "proposals"} <= kinds
    services.off_record.take(session)
    assert holding(services, SECRET_WORDS) == set()
    assert rows_of_session(services, session) <= KEPT | {"agent_conversations", "call_grants"}
    receipt = services.intake.receive(session.id, delivery(said(6, f"Again {SECRET_WORDS}"), sent_at=clock()))
    assert receipt.ack == 6
    assert services.intake.turns(session.id) == ()
    assert holding(services, SECRET_WORDS) == set()
    assert services.maintenance.compact_where_due(quiet=True) is not None


def test_a_step_that_was_there_before_is_open_again(services: Services, clock: HandClock) -> None:
    services.coaching.actions.add(ANA, "Sleep more")
    session = begin(services, off_record=False)
    clock.forward(5)
    services.tools.call(session, "done", "log_progress", {"about": "Sleep more", "done": True, "note": SECRET_WORDS})
    services.off_record.take(session)
    assert store_of(services).execute("SELECT status, dropped_why FROM actions") == [("open", None)]


def test_it_stays_so_after_a_restart_in_the_middle(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock, demo_sign_in=True) as services:
        session = begin(services, off_record=True)
    with opened(tmp_path, clock, demo_sign_in=True) as services:
        talk(services, session, clock)
        assert holding(services, SECRET_WORDS) == set()
        again = fresh_intake(services)
        again.receive(session.id, delivery(said(9, SECRET_WORDS), epoch="page-2", sent_at=clock()))
        assert holding(services, SECRET_WORDS) == set()


def test_one_that_a_crash_left_on_the_record_in_the_middle_goes_on_off_it(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as services:
        session = begin(services, off_record=False)
        services.intake.receive(session.id, delivery(said(2, f"I quarrel with {SECRET_WORDS}"), sent_at=NOON))
        with store_of(services).transaction() as transaction:
            # The list is written first.
            list_of(services).add_session(transaction, session.id, WhatGoes.ALL_BUT_TIMES, clock())
    with opened(tmp_path, clock) as services:
        found = services.rooms.session(session.id)
        assert found is not None
        assert (found.off_record, found.status.over) == (True, False)
        assert holding(services, SECRET_WORDS) == set()
        calls = "SELECT session_id FROM agent_conversations"
        assert store_of(services).execute(calls), "how the call ends decides how the session does"
        fresh_intake(services).receive(
            session.id, delivery(status(5, "disconnected", at=clock.forward(60)), sent_at=clock())
        )
        services.sessions.end(session.id, EndReason.CLIENT)
        services.facts.make_all()
        assert rows_of_session(services, session) <= KEPT
        facts = "SELECT duration_seconds, off_record FROM session_facts"
        assert store_of(services).execute(facts) == [(60.0, True)]


def test_the_agent_is_told_that_nothing_is_noted(services: Services, clock: HandClock) -> None:
    session = begin(services, off_record=True)
    answer = services.tools.call(session, "c1", "save_goal", {"title": "Sleep"})
    assert (answer.result, answer.is_error, answer.note) == (NOTHING_NOTED, False, None)
    assert services.coaching.goals.list_for(ANA) == []
    assert services.coaching.stages_of(session.id) == []


def test_the_next_briefing_does_not_know_of_it(services: Services, clock: HandClock) -> None:
    session = begin(services, off_record=True)
    talk(services, session, clock)
    services.sessions.end(session.id, EndReason.CLIENT)
    services.facts.make_all()
    clock.forward(3600)
    following = enter(services)
    briefing = services.briefings.prepare(following.id, ANA)
    assert (briefing.variables["session_number"], briefing.variables["last_session"]) == (1, "none yet")


def test_the_providers_copy_is_deleted_as_soon_as_the_call_is_over(services: Services, clock: HandClock) -> None:
    session = begin(services, off_record=True)
    clock.forward(60)
    services.intake.receive(session.id, delivery(status(5, "disconnected", at=clock()), sent_at=clock()))
    assert store_of(services).execute("SELECT * FROM erased_calls") == [(CALL, 0, clock())]


def test_a_call_whose_end_nobody_reported_is_deleted_a_moment_after_the_session(
    services: Services, clock: HandClock
) -> None:
    session = begin(services, off_record=True)
    services.sessions.end(session.id, EndReason.LEFT)
    due = NOON + timedelta(minutes=2)
    assert store_of(services).execute("SELECT * FROM erased_calls") == [(CALL, 0, due)]


@pytest.mark.parametrize("when", ["during", "after"])
def test_a_record_of_it_is_refused_and_its_deletion_asked_for(
    services: Services, clock: HandClock, when: str
) -> None:
    session = begin(services, off_record=True)
    if when == "after":
        services.sessions.end(session.id, EndReason.CLIENT)
    document = record_document(call="conv_other", session_id=session.id, user=ANA)
    assert services.records.receive(read_record(document)) is None
    assert store_of(services).execute("SELECT count(*) FROM provider_records") == [(0,)]
    calls = "SELECT conversation_id FROM erased_calls ORDER BY 1"
    assert ("conv_other",) in store_of(services).execute(calls)


def test_a_copy_that_comes_although_it_was_deleted_is_deleted_again(services: Services, clock: HandClock) -> None:
    session = begin(services, off_record=True)
    services.sessions.end(session.id, EndReason.CLIENT)
    store_of(services).execute("UPDATE erased_calls SET next_try_at = NULL, tries = 1")
    assert services.records.receive(read_record(record_document(call=CALL))) is None
    assert store_of(services).execute("SELECT * FROM erased_calls") == [(CALL, 0, clock())]


def test_what_its_page_reports_after_the_end_is_acknowledged_and_not_stored(
    services: Services, clock: HandClock
) -> None:
    session = begin(services, off_record=True)
    services.sessions.end(session.id, EndReason.CLIENT)
    late = (
        said(7, SECRET_WORDS),
        status(8, "connected", call="conv_late"),
        status(9, "disconnected", call="conv_late"),
    )
    receipt = services.intake.receive(session.id, delivery(*late, sent_at=clock()))
    services.facts.make_all()
    assert receipt.ack == 9
    assert holding(services, SECRET_WORDS) == set()
    assert rows_of_session(services, session) <= KEPT | {"rooms"}
    calls = "SELECT conversation_id FROM erased_calls ORDER BY 1"
    assert store_of(services).execute(calls) == [(CALL,), ("conv_late",)]


def test_it_takes_no_rating_and_nothing_in_writing(services: Services, clock: HandClock) -> None:
    session = begin(services, off_record=True)
    current = services.rooms.session(session.id)
    assert current is not None
    with pytest.raises(NotAllowedError, match="off the record"):
        services.written_sessions.write(current, Stage.GOAL, SECRET_WORDS, since=clock())
    services.sessions.end(session.id, EndReason.CLIENT)
    over = services.rooms.session(session.id)
    assert over is not None
    assert services.feedback.questions_for(over) == ()
    with pytest.raises(NotAllowedError, match="no rating"):
        services.feedback.send(over, Feedback(5, SECRET_WORDS))
    assert holding(services, SECRET_WORDS) == set()


def test_a_session_that_is_over_is_not_taken_off_the_record(services: Services, clock: HandClock) -> None:
    session = begin(services, off_record=False)
    services.sessions.end(session.id, EndReason.CLIENT)
    with pytest.raises(RoomNotFoundError):
        services.off_record.take(session)


def test_an_old_page_rates_nothing_and_hands_nothing_over(services: Services) -> None:
    on_the_page = begin(services, off_record=False)
    services.off_record.take(on_the_page)
    services.sessions.end(on_the_page.id, EndReason.CLIENT)
    with pytest.raises(NotAllowedError):
        services.feedback.send(on_the_page, Feedback(5, SECRET_WORDS))
    with pytest.raises(InvalidInputError):
        services.handoffs.hand_over(ANA, on_the_page.id, SECRET_WORDS, HandedParts(transcript=True))
    assert holding(services, SECRET_WORDS) == set()


@pytest.mark.parametrize("is_over", [False, True])
def test_the_record_of_a_call_that_its_page_never_reported_is_not_kept(
    services: Services, clock: HandClock, is_over: bool
) -> None:
    session = begin(services, off_record=True)
    clock.forward(90)
    if is_over:
        services.sessions.end(session.id, EndReason.CLIENT)
    late = record_document([("user", SECRET_WORDS, 1)], call="conv_lost", session_id=None)
    assert services.records.receive(read_record(late)) is None
    assert holding(services, SECRET_WORDS) == set()
    assert ("conv_lost",) in store_of(services).execute("SELECT conversation_id FROM erased_calls")
