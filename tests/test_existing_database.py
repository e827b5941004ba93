"""A database file that the first release wrote opens with every row, and goes on being used."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.coaching.actions import ActionStatus
from coachroom.errors import StatementError
from coachroom.rooms.states import EndReason, SessionStatus
from coachroom.store import migrate as migrate_module
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import Migration, applied_migrations, known_migrations, migrate
from tests.services import ANA, BEN, NOON, HandClock, delivery, enter, opened, said, status, store_of

# Made by version 0.1.0: Ana has been in a session that ended, Ben is in one.
WRITTEN = Path(__file__).parent / "data" / "coachroom_0_1_0.duckdb.gz"
# The migration that lets notifications out as well, for which the table is made anew.
PUSH = 33
LATER = NOON + timedelta(minutes=3)
ROWS = {
    "actions": 1,
    "agent_conversations": 2,
    "audit_log": 1,
    "briefings": 1,
    "check_ins": 1,
    "client_numbers": 1,
    "client_profiles": 3,
    "coaching_preferences": 1,
    "confidence": 1,
    "consents": 2,
    "conversations": 5,
    "evaluations": 1,
    "feedback": 1,
    "goal_checkins": 1,
    "goal_levels": 1,
    "goals": 2,
    "members": 6,
    "memories": 3,
    "proposals": 3,
    "provider_records": 1,
    "rooms": 2,
    "session_facts": 1,
    "session_stages": 2,
    "sessions": 2,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with gzip.open(WRITTEN) as packed, (tmp_path / "coachroom.duckdb").open("wb") as file:
        shutil.copyfileobj(packed, file)
    return tmp_path


@pytest.fixture
def services(folder: Path) -> Iterator[Services]:
    with opened(folder, HandClock(LATER)) as services:
        yield services


def test_the_migrations_it_was_made_with_are_still_the_first_ones(folder: Path) -> None:
    store = DuckStore(folder / "coachroom.duckdb")
    known = {migration.version: migration.sha256 for migration in known_migrations()}
    assert applied_migrations(store).items() <= known.items()
    assert migrate(store, LATER) == max(known)
    store.close()


def test_every_row_is_there(folder: Path) -> None:
    store = DuckStore(folder / "coachroom.duckdb")
    migrate(store, LATER)
    assert {table: len(store.execute(f"SELECT * FROM {table}")) for table in ROWS} == ROWS
    store.close()


def test_a_later_migration_is_applied_to_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = Migration(9000, "later", "ALTER TABLE goals ADD COLUMN colour TEXT;\n\nCREATE TABLE extra (id TEXT);\n")
    monkeypatch.setattr(migrate_module, "known_migrations", lambda: [*known_migrations(), later])
    store = DuckStore(folder / "coachroom.duckdb")
    assert migrate(store, LATER) == 9000
    assert store.execute("SELECT colour FROM goals") == [(None,), (None,)]
    assert store.execute("SELECT count(*) FROM extra") == [(0,)]
    store.close()


def test_its_calls_have_no_close_code_and_later_ones_may(services: Services) -> None:
    assert services.failed_calls.recent(20).causes == ()
    session = enter(services)
    refused = status(1, "failed", LATER, call=None) | {"reason": "refused", "close_code": 1008, "close_reason": "No."}
    broken = {"reason": "error", "close_code": 1011, "close_reason": "Internal"}
    events = [
        refused,
        status(2, "connected", LATER, call="conv_9"),
        status(3, "disconnected", LATER, call="conv_9") | broken,
    ]
    services.intake.receive(session.id, delivery(*events, sent_at=LATER))
    assert [cause.calls for cause in services.failed_calls.recent(20).causes] == [1, 1]


def test_what_a_client_had_is_read(services: Services) -> None:
    coaching = services.coaching
    assert {goal.title for goal in coaching.goals.list_for(ANA)} == {"Sleep better", "Run 5 km"}
    assert [check_in.score for check_in in coaching.goals.check_ins(ANA)] == [-1]
    assert [action.status for action in coaching.actions.list_for(ANA)] == [ActionStatus.OPEN]
    assert {memory.text for memory in coaching.memory.list_for(ANA)} == {"Ana reads in bed.", "Has two dogs"}
    assert not coaching.profiles.get(BEN).remembers
    [session] = services.rooms.sessions_of(ANA)
    assert session.status is SessionStatus.COMPLETED
    assert [turn.message for turn in services.intake.turns(session.id)] == [
        "Hello Ana.",
        "I want to sleep better.",
        "What would be a first step?",
        "I will put the phone away at ten.",
    ]
    assert len(services.tools.notes(session.id)) == 3
    told = services.briefings.of_session(session.id)
    assert told is not None and told.long_form.startswith("Briefing.")


def test_the_next_session_goes_on_from_there(services: Services) -> None:
    session = enter(services)
    briefing = services.briefings.prepare(session.id, ANA)
    assert briefing.variables["session_number"] == 2
    assert "Has two dogs" in briefing.long_form
    events = [
        status(1, "connected", at=LATER, call="conv_9"),
        said(2, "Back again.", at=LATER, conversation_id="conv_9"),
    ]
    services.intake.receive(session.id, delivery(*events, sent_at=LATER))
    services.sessions.end(session.id, EndReason.CLIENT)
    facts = "SELECT count(*) FROM session_facts WHERE client_id = $1"
    assert store_of(services).execute(facts, [ANA]) == [(2,)]


def test_messages_that_went_out_before_notifications_were_there_stay(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [migration for migration in known_migrations() if migration.version < PUSH]
    store = DuckStore(folder / "coachroom.duckdb")
    with monkeypatch.context() as older:
        older.setattr(migrate_module, "known_migrations", lambda: before)
        assert migrate(store, LATER) == before[-1].version
    columns = (
        "key, kind, channel, recipient, about, CAST(payload AS text), state, tries, created_at, next_try_at, "
        "good_until, settled_at, error"
    )
    waiting = ["k1", "invitation", "mail", "ana@example.com", [], '{"subject": "Hello"}', "waiting", 1]
    given_up = ["k2", "session.finished", "hook", None, [ANA], None, "given_up", 14]
    for row, rest in (
        (waiting, [NOON, LATER, LATER, None, "No answer."]),
        (given_up, [NOON, None, None, LATER, "410"]),
    ):
        places = ", ".join(f"${n}" for n in range(1, 14))
        store.execute(f"INSERT INTO outbox VALUES ({places})", [*row, *rest])
    kept = store.execute(f"SELECT {columns} FROM outbox ORDER BY key")
    migrate(store, LATER)
    assert store.execute(f"SELECT {columns} FROM outbox ORDER BY key") == kept
    assert len(kept) == 2
    with pytest.raises(StatementError):
        store.execute("UPDATE outbox SET channel = 'pigeon'")
    store.execute("UPDATE outbox SET channel = 'push' WHERE key = 'k1'")
    store.close()
