"""A client deletes one session: all of it, and what rests on it alone; what is theirs and the other sessions stay."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.elevenlabs.call_record import read_record
from coachroom.errors import NotAllowedError, RoomNotFoundError
from coachroom.metrics.facts import disagreements
from coachroom.privacy.client_data import ids_of, rows_of
from coachroom.recording.erased_calls import CALL_ENDS_WITHIN
from coachroom.rooms.feedback import Feedback
from coachroom.rooms.states import EndReason, Session
from tests.privacy.test_off_record import SECRET_WORDS, holding
from tests.recording.documents import record_document
from tests.services import ANA, HandClock, delivery, enter, opened, said, status, store_of

EMAIL = "ana@example.com"
OTHER_WORDS = "my sister Kunigunde"


def talk(services: Services, clock: HandClock, words: str, call: str) -> Session:
    """A session that is over, with all that may come of one."""
    session = enter(services)
    services.briefings.prepare(session.id, ANA)
    clock.forward(90)
    events = [status(1, "connected", call=call), said(2, f"I quarrel with {words}", conversation_id=call)]
    services.intake.receive(session.id, delivery(*events, sent_at=clock()))
    services.tools.call(session, f"{call}-1", "remember", {"text": f"You quarrel with {words}"})
    services.tools.call(session, f"{call}-2", "add_action", {"title": f"Call {words}"})
    services.sessions.end(session.id, EndReason.CLIENT)
    services.records.receive(read_record(record_document([("user", words, 1)], call=call, session_id=session.id)))
    services.records.rebuild_waiting()
    over = services.rooms.session(session.id)
    assert over is not None
    services.feedback.send(over, Feedback(4, f"We spoke of {words}"))
    services.facts.make_all()
    clock.forward(3600)
    return over


def test_its_words_go_and_what_is_the_clients_own_stays(services: Services, clock: HandClock) -> None:
    session = talk(services, clock, SECRET_WORDS, "conv_1")
    other = talk(services, clock, OTHER_WORDS, "conv_2")
    assert "briefings" in holding(services, SECRET_WORDS), "the second session's briefing knows of the first"
    services.session_deletion.delete(session, EMAIL)
    # The next step is the client's own.
    assert holding(services, SECRET_WORDS) == {"actions", "briefings"}
    told = services.briefings.of_session(other.id)
    assert told is not None
    assert "Remembered" not in told.long_form
    assert holding(services, session.id) == set()
    assert {"conversations", "memories", "feedback"} <= holding(services, OTHER_WORDS)
    assert [each.text for each in services.coaching.memory.list_for(ANA)] == [f"You quarrel with {OTHER_WORDS}"]
    assert not disagreements(store_of(services))


def test_goals_and_steps_that_came_from_it_go_where_the_client_says_so(services: Services, clock: HandClock) -> None:
    session = talk(services, clock, SECRET_WORDS, "conv_1")
    services.coaching.actions.add(ANA, "Sleep more")
    services.session_deletion.delete(session, EMAIL, notes_too=True)
    assert holding(services, SECRET_WORDS) == set()
    assert [action.title for action in services.coaching.actions.list_for(ANA)] == ["Sleep more"]


def test_why_an_earlier_step_was_dropped_in_it_goes_with_them(services: Services, clock: HandClock) -> None:
    services.coaching.actions.add(ANA, "Sleep more")
    going_on = enter(services)
    given = {"about": "Sleep more", "done": False, "note": SECRET_WORDS}
    services.tools.call(going_on, "dropped", "log_progress", given)
    session = talk(services, clock, SECRET_WORDS, "conv_1")
    assert session.id == going_on.id
    services.session_deletion.delete(session, EMAIL, notes_too=True)
    assert holding(services, SECRET_WORDS) == set()
    assert store_of(services).execute("SELECT title, status, dropped_why FROM actions") == [
        ("Sleep more", "dropped", None)
    ]


def test_what_the_client_put_in_their_own_words_stays(services: Services, clock: HandClock) -> None:
    session = talk(services, clock, SECRET_WORDS, "conv_1")
    (memory,) = services.coaching.memory.list_for(ANA)
    services.coaching.memory.edit(ANA, memory.id, "I am at odds with a relative")
    services.session_deletion.delete(session, EMAIL)
    (kept,) = services.coaching.memory.list_for(ANA)
    assert (kept.text, kept.session_id, kept.turns) == ("I am at odds with a relative", None, ())


def test_the_provider_is_asked_to_delete_its_copy_and_late_news_is_refused(
    services: Services, clock: HandClock
) -> None:
    session = talk(services, clock, SECRET_WORDS, "conv_1")
    services.session_deletion.delete(session, EMAIL)
    calls = "SELECT conversation_id, next_try_at IS NOT NULL FROM erased_calls"
    assert store_of(services).execute(calls) == [("conv_1", True)]
    assert services.records.receive(read_record(record_document(call="conv_1", session_id=session.id))) is None
    with pytest.raises(RoomNotFoundError):
        services.intake.receive(session.id, delivery(said(9, SECRET_WORDS), sent_at=clock()))
    services.facts.make_all()
    assert store_of(services).execute("SELECT count(*) FROM session_facts") == [(0,)]


@pytest.mark.parametrize("end_reported", [False, True])
def test_a_call_whose_end_nobody_reported_is_deleted_once_it_is_a_record(
    services: Services, clock: HandClock, end_reported: bool
) -> None:
    session = called(services, clock, end_reported=end_reported)
    services.session_deletion.delete(session, EMAIL)
    due = "SELECT next_try_at FROM erased_calls"
    assert store_of(services).execute(due) == [(clock() if end_reported else clock() + CALL_ENDS_WITHIN,)]


def test_the_record_of_a_call_that_its_page_never_reported_is_not_kept(services: Services, clock: HandClock) -> None:
    session = talk(services, clock, "nothing", "conv_1")
    services.session_deletion.delete(session, EMAIL)
    late = record_document([("user", SECRET_WORDS, 1)], call="conv_2", session_id=session.id)
    assert services.records.receive(read_record(late)) is None
    assert holding(services, SECRET_WORDS) == set()


def test_an_old_page_of_it_stores_nothing_that_nobody_would_erase(services: Services, clock: HandClock) -> None:
    session = talk(services, clock, "nothing", "conv_1")
    services.session_deletion.delete(session, EMAIL)
    with pytest.raises(NotAllowedError, match="was deleted"):
        services.feedback.send(session, Feedback(2, f"About {SECRET_WORDS}"))
    services.feedback.questions_for(session)
    assert holding(services, SECRET_WORDS) == set()
    assert holding(services, session.id) == set()


def test_the_export_has_it_no_more_and_compaction_is_due(services: Services, clock: HandClock) -> None:
    session = talk(services, clock, SECRET_WORDS, "conv_1")
    services.session_deletion.delete(session, EMAIL)
    with store_of(services).transaction() as transaction:
        exported = str(dict(rows_of(transaction, ids_of(transaction, ANA))))
    assert session.id not in exported
    assert services.maintenance.compact_where_due(quiet=True) is not None
    assert services.maintenance.compact_where_due(quiet=True) is None


def test_the_audit_log_says_that_and_not_what(services: Services, clock: HandClock) -> None:
    session = talk(services, clock, SECRET_WORDS, "conv_1")
    services.session_deletion.delete(session, EMAIL)
    ((actor, subject, detail),) = store_of(services).execute(
        "SELECT actor, subject, detail FROM audit_log WHERE action = 'session.deleted'"
    )
    assert (actor, subject) == (EMAIL, ANA)
    assert set(json.loads(detail)) == {"rows"}


def test_one_that_goes_on_is_ended_first_and_one_that_is_gone_is_not_found(
    services: Services, clock: HandClock
) -> None:
    session = talk(services, clock, SECRET_WORDS, "conv_1")
    with pytest.raises(NotAllowedError, match="end it first"):
        services.session_deletion.delete(enter(services), EMAIL)
    services.session_deletion.delete(session, EMAIL)
    with pytest.raises(RoomNotFoundError):
        services.session_deletion.delete(session, EMAIL)


@pytest.mark.parametrize("end_reported", [False, True])
def test_what_it_took_of_the_budget_stays_taken(tmp_path: Path, clock: HandClock, end_reported: bool) -> None:
    with opened(tmp_path, clock, demo_sign_in=True, client_minutes_per_day=20) as services:
        session = called(services, clock, end_reported=end_reported)
        services.session_deletion.delete(session, EMAIL)
        grant, _ = services.budgets.start_call(enter(services))
        assert grant.longest == timedelta(minutes=10)


def test_what_an_erased_client_took_of_the_month_stays_taken_and_is_nobodys(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock, demo_sign_in=True) as services:
        session = called(services, clock)
        services.own_data.erase(ANA, EMAIL)
        assert services.budgets.community_use().month.minutes == 10
        kept = "SELECT session_id, client_id, conversation_id, ended_at - connected_at FROM call_grants"
        assert store_of(services).execute(kept) == [("", "", None, timedelta(minutes=10))]
        assert holding(services, session.id) == set()


def called(services: Services, clock: HandClock, *, end_reported: bool = True) -> Session:
    """A session of ten minutes that is over."""
    session = enter(services)
    services.budgets.start_call(session)
    services.intake.receive(session.id, delivery(status(1, "connected", at=clock()), sent_at=clock()))
    clock.forward(600)
    if end_reported:
        services.intake.receive(
            session.id, delivery(status(2, "disconnected", reason="user", at=clock()), sent_at=clock())
        )
    services.sessions.end(session.id, EndReason.CLIENT)
    services.facts.make_all()
    over = services.rooms.session(session.id)
    assert over is not None
    return over


def test_no_table_says_whose_the_facts_were_that_stay(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock, demo_sign_in=True, erased_facts="keep") as services:
        session = called(services, clock)
        clock.forward(2 * 86400)
        services.session_deletion.delete(session, EMAIL)
        grants = "SELECT client_id, conversation_id, ended_at - connected_at FROM call_grants"
        assert store_of(services).execute(grants) == [("", None, timedelta(minutes=10))]
        assert services.budgets.community_use().month.minutes == 10
        deleted = "SELECT actor, subject FROM audit_log WHERE action = 'session.deleted'"
        assert store_of(services).execute(deleted) == [("client", "client")]
        assert holding(services, session.id) == set()


def test_whose_a_call_of_a_deleted_session_was_is_known_for_its_day_alone(
    services: Services, clock: HandClock
) -> None:
    services.session_deletion.delete(called(services, clock), EMAIL)
    whose = "SELECT client_id FROM call_grants WHERE session_id = ''"
    assert store_of(services).execute(whose) == [(ANA,)]
    clock.forward(86400)
    services.budgets.start_call(enter(services))
    assert store_of(services).execute(whose) == [("",)]


@pytest.mark.parametrize("whole_client", [False, True])
def test_where_it_is_set_the_facts_stay_as_nobodys(tmp_path: Path, clock: HandClock, whole_client: bool) -> None:
    with opened(tmp_path, clock, demo_sign_in=True, erased_facts="keep") as services:
        session = talk(services, clock, SECRET_WORDS, "conv_1")
        if whole_client:
            services.own_data.erase(ANA, EMAIL)
        else:
            services.session_deletion.delete(session, EMAIL)
        kept = "SELECT duration_seconds, client_turns, agent_id, start_time::time::text, frozen FROM session_facts"
        assert store_of(services).execute(kept) == [(90.0, 1, None, "12:00:00", True)]
        text = str(store_of(services).execute("SELECT * FROM session_facts"))
        assert session.id not in text
        assert ANA not in text
        assert not disagreements(store_of(services))
        services.facts.make_all()
    with opened(tmp_path, clock, demo_sign_in=True, erased_facts="keep") as services:
        assert store_of(services).execute("SELECT count(*) FROM session_facts") == [(1,)]


@pytest.mark.parametrize("off_record", [False, True])
def test_a_backup_from_before_brings_none_of_it_back(tmp_path: Path, clock: HandClock, off_record: bool) -> None:
    database = tmp_path / "coachroom.duckdb"
    with opened(tmp_path, clock, demo_sign_in=True) as services:
        if off_record:
            services.coaching.actions.add(ANA, "Sleep more")
            session = enter(services)
            clock.forward(5)
            services.intake.receive(session.id, delivery(status(1, "connected"), said(2, SECRET_WORDS)))
            given = {"about": "Sleep more", "done": False, "note": SECRET_WORDS}
            services.tools.call(session, "dropped", "log_progress", given)
            assert "actions" in holding(services, SECRET_WORDS)
        else:
            session = talk(services, clock, SECRET_WORDS, "conv_1")
    before = database.read_bytes()
    with opened(tmp_path, clock, demo_sign_in=True) as services:
        if off_record:
            services.off_record.take(session)
        else:
            services.session_deletion.delete(session, EMAIL)
    database.write_bytes(before)
    with opened(tmp_path, clock, demo_sign_in=True) as services:
        # The next step is the client's own.
        assert holding(services, SECRET_WORDS) == (set() if off_record else {"actions"})
        again = services.rooms.session(session.id)
        assert (again is not None and again.off_record) is off_record
        assert not disagreements(store_of(services))
        assert services.maintenance.compact_where_due(quiet=True) is not None
