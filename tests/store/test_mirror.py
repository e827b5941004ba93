"""The mirror of a real PostgreSQL: what reaches it, in which order, and what is left of somebody who was erased."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from coachroom.clock import utc_now
from coachroom.errors import StoreError
from coachroom.metrics.mirrored import mirrored_tables
from coachroom.postgres_address import PostgresAddress
from coachroom.store import mirror as mirror_module
from coachroom.store.migrate import migrate
from coachroom.store.mirror import Mirror
from coachroom.store.postgres import PostgresStore
from tests.databases import new_postgres, setting_of
from tests.services import NOON

ANA = "client-of-the-test-ana"
Opened = Callable[[], Mirror]


@pytest.fixture
def address() -> PostgresAddress:
    return new_postgres()


@pytest.fixture
def source(address: PostgresAddress) -> Iterator[PostgresStore]:
    store = PostgresStore(address)
    migrate(store, NOON)
    yield store
    store.close()


@pytest.fixture
def mirror(source: PostgresStore, tmp_path: Path) -> Iterator[Mirror]:
    mirror = Mirror(source, mirrored_tables(), tmp_path / "numbers", utc_now, least_pause=0, pause_factor=0)
    mirror.refresh()
    yield mirror
    mirror.close()


def write(source: PostgresStore, *statements: str) -> None:
    with source.transaction() as transaction:
        for statement in statements:
            transaction.execute(statement)


def profile(id: str, name: str = "") -> str:
    return f"INSERT INTO client_profiles (id, display_name, created_at) VALUES ('{id}', '{name}', '2026-05-01 12:00')"


def rating(session: str, value: int) -> str:
    return (
        "INSERT INTO feedback (session_id, rating, comment, created_at) "
        f"VALUES ('{session}', {value}, 'words', now()) "
        "ON CONFLICT (session_id) DO UPDATE SET rating = excluded.rating"
    )


def ratings(mirror: Mirror) -> dict[str, int]:
    return dict(mirror.execute("SELECT session_id, rating FROM feedback ORDER BY session_id"))


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_a_new_a_changed_and_a_deleted_row_arrive(source: PostgresStore, mirror: Mirror) -> None:
    write(source, rating("s1", 4), rating("s2", 2))
    mirror.refresh()
    assert ratings(mirror) == {"s1": 4, "s2": 2}
    write(source, rating("s1", 5), "DELETE FROM feedback WHERE session_id = 's2'", rating("s3", 1))
    mirror.refresh()
    assert ratings(mirror) == {"s1": 5, "s3": 1}
    write(source, "UPDATE feedback SET session_id = 's4' WHERE session_id = 's3'")
    mirror.refresh()
    assert ratings(mirror) == {"s1": 5, "s4": 1}


def test_what_is_undone_does_not_arrive(source: PostgresStore, mirror: Mirror) -> None:
    with pytest.raises(ZeroDivisionError), source.transaction() as transaction:
        transaction.execute(rating("s1", 4))
        raise ZeroDivisionError
    mirror.refresh()
    assert ratings(mirror) == {}


def test_rows_whose_transactions_commit_in_another_order_are_all_there(
    address: PostgresAddress, source: PostgresStore, mirror: Mirror
) -> None:
    def other() -> psycopg.Connection[Any]:
        # Past the writers' lock, as somebody at psql.
        return psycopg.connect(address.connection, options=f"-c search_path={address.schema}")

    with other() as first, other() as second, other() as third:
        first.execute(rating("early, committed late", 1))
        second.execute(rating("late, committed first", 2))
        second.commit()
        mirror.refresh()
        assert ratings(mirror) == {"late, committed first": 2}
        third.execute(rating("late, committed first", 3))
        first.commit()
        mirror.refresh()
        assert ratings(mirror) == {"late, committed first": 2, "early, committed late": 1}
        third.commit()
    mirror.refresh()
    assert ratings(mirror) == {"late, committed first": 3, "early, committed late": 1}
    assert mirror.differences() == []


def test_a_row_that_changes_all_the_time_is_lost_by_no_look(source: PostgresStore, mirror: Mirror) -> None:
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            mirror.refresh()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for number in range(200):
            write(source, rating(f"s{number % 7}", number % 5 + 1), rating(f"t{number}", 3))
    finally:
        stop.set()
        looking.join()
    assert mirror.differences() == []
    assert len(ratings(mirror)) == 207


def test_nothing_of_somebody_who_was_erased_lies_in_the_files(
    source: PostgresStore, mirror: Mirror, tmp_path: Path
) -> None:
    facts = (
        "INSERT INTO session_facts (session_id, client_id, client_no, start_time, end_time, status, "
        "duration_seconds, client_turns, agent_turns, client_words, agent_words, interrupted_turns, latencies_ms) "
        f"SELECT '{ANA}-session', '{ANA}', 1, now(), now(), 'completed', 1, 1, 1, 1, 1, 0, '{{}}'"
    )
    write(source, profile(ANA), profile("somebody-else"), facts, rating(f"{ANA}-session", 5))
    mirror.refresh()
    assert ANA.encode() in bytes_of(tmp_path)
    write(
        source,
        f"DELETE FROM session_facts WHERE client_id = '{ANA}'",
        f"DELETE FROM feedback WHERE session_id = '{ANA}-session'",
        f"DELETE FROM client_profiles WHERE id = '{ANA}'",
    )
    mirror.refresh()
    assert mirror.execute("SELECT id FROM client_profiles") == [("somebody-else",)]
    mirror.refresh()
    assert ANA.encode() not in bytes_of(tmp_path)
    assert b"somebody-else" in bytes_of(tmp_path)


def test_no_names_no_addresses_and_no_words_are_in_it(source: PostgresStore, mirror: Mirror, tmp_path: Path) -> None:
    member = (
        "INSERT INTO members (email, display_name, role, status, client_id, coach_email, source, created_at, "
        f"updated_at) VALUES ('zelda@example.com', 'Zelda', 'client', 'active', '{ANA}', 'coach@example.com', "
        "'manual', now(), now())"
    )
    goal = (
        f"INSERT INTO goals (id, client_id, title, weight, created_at) VALUES ('g', '{ANA}', 'Zelda wants', 1, now())"
    )
    write(source, profile(ANA, "Zelda"), member, goal)
    mirror.refresh()
    assert mirror.execute("SELECT client_id, coach_email FROM members") == [(ANA, "coach@example.com")]
    assert mirror.execute("SELECT id FROM goals") == [("g",)]
    assert [mark for mark in (b"Zelda", b"zelda") if mark in bytes_of(tmp_path)] == []
    noted = source.execute("SELECT CAST(key AS text) FROM mirror_changes WHERE table_name = 'members'")
    assert "zelda" not in str(noted)


def test_after_a_broken_line_it_is_made_anew(source: PostgresStore, mirror: Mirror) -> None:
    write(source, rating("s1", 4))
    mirror.refresh()
    seen = mirror.as_of
    source.execute("SELECT pg_terminate_backend($1)", [mirror._connection.info.backend_pid])
    write(source, rating("s2", 5))
    with pytest.raises(StoreError, match="The numbers cannot be copied from PostgreSQL database postgres"):
        mirror.refresh()
    assert (ratings(mirror), mirror.as_of) == ({"s1": 4}, seen)
    before = mirror._number
    mirror.refresh()
    assert ratings(mirror) == {"s1": 4, "s2": 5}
    assert mirror._number == before + 1
    assert mirror.as_of > seen


def test_a_process_that_was_killed_leaves_nothing_behind_once_another_starts(
    address: PostgresAddress, source: PostgresStore, tmp_path: Path
) -> None:
    write(source, profile(ANA), rating("s1", 4))
    code = (
        "import sys, time; from pathlib import Path\n"
        "from coachroom.clock import utc_now\n"
        "from coachroom.metrics.mirrored import mirrored_tables\n"
        "from coachroom.postgres_address import PostgresAddress\n"
        "from coachroom.store.mirror import Mirror\n"
        "from coachroom.store.postgres import PostgresStore\n"
        "source = PostgresStore(PostgresAddress.read(sys.argv[1]))\n"
        "mirror = Mirror(source, mirrored_tables(), Path(sys.argv[2]), utc_now)\n"
        "mirror.refresh(); print('made', flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, setting_of(address), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"made\n"
        theirs = list(tmp_path.iterdir())
        living = Mirror(source, mirrored_tables(), tmp_path, utc_now)
        assert [folder for folder in theirs if not folder.exists()] == []
        other.send_signal(signal.SIGKILL)
    mirror = Mirror(source, mirrored_tables(), tmp_path, utc_now)
    assert [folder for folder in theirs if folder.exists()] == []
    mirror.refresh()
    assert ratings(mirror) == {"s1": 4}
    mirror.close()
    living.close()
    assert list(tmp_path.iterdir()) == []


def test_a_query_under_way_ends_in_the_copy_in_which_it_began(source: PostgresStore, mirror: Mirror) -> None:
    write(source, profile(ANA))
    mirror.refresh()
    with mirror._reading() as copy:
        write(source, f"DELETE FROM client_profiles WHERE id = '{ANA}'")
        mirror.refresh()
        making = threading.Thread(target=mirror.refresh)
        making.start()
        making.join(0.5)
        # The later copy is there already, and this one waits for us.
        assert making.is_alive()
        assert copy.execute("SELECT count(*) FROM client_profiles") == [(0,)]
    making.join(20)
    assert not making.is_alive()


def test_before_the_first_copy_a_reader_waits_and_is_told_so(
    source: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_module, "FIRST_WAIT_SECONDS", 0.05)
    mirror = Mirror(source, mirrored_tables(), tmp_path, utc_now)
    assert mirror.as_of is None
    with pytest.raises(StoreError, match="The numbers are still being read from the database"):
        mirror.execute("SELECT 1")
    monkeypatch.setattr(mirror_module, "FIRST_WAIT_SECONDS", 20.0)
    found: list[Any] = []
    reader = threading.Thread(target=lambda: found.append(mirror.execute("SELECT count(*) FROM goals")))
    reader.start()
    mirror.refresh()
    reader.join(20)
    assert found == [[(0,)]]
    mirror.close()


def test_changes_are_noted_for_a_while_and_who_was_away_longer_makes_a_new_copy(
    source: PostgresStore, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(source, rating("s1", 4))
    monkeypatch.setattr(mirror_module, "SWEPT_EVERY_SECONDS", 0.0)
    mirror.refresh()
    assert source.execute("SELECT count(*) FROM mirror_changes") == [(1,)]
    write(source, *(rating(f"t{number}", 3) for number in range(5)))
    monkeypatch.setattr(mirror_module, "SWEPT_AT_ONCE", 2)
    monkeypatch.setattr(mirror_module, "KEPT_SECONDS", 0.0)
    before = mirror._number
    mirror.refresh()
    assert mirror._number == before + 1
    assert source.execute("SELECT count(*) FROM mirror_changes") == [(0,)]
    assert len(ratings(mirror)) == 6


def test_changes_that_another_server_noted_before_a_restore_are_not_read_for_ever(
    source: PostgresStore, address: PostgresAddress, tmp_path: Path
) -> None:
    """Its transactions had higher numbers than those here, so that no look would ever have seen them."""
    write(source, rating("s1", 4), "UPDATE mirror_changes SET changed_by = CAST('4000000000000' AS xid8)")
    mirror = Mirror(source, mirrored_tables(), tmp_path / "numbers", utc_now)
    mirror.refresh()
    assert source.execute("SELECT count(*) FROM mirror_changes") == [(0,)]
    write(source, rating("s1", 5))
    mirror.refresh()
    assert ratings(mirror) == {"s1": 5}
    mirror.close()


def test_a_table_that_differs_is_named(source: PostgresStore, mirror: Mirror) -> None:
    write(source, rating("s1", 4), rating("s2", 2))
    assert mirror.differences() == []
    mirror._copy.store.execute("UPDATE mirrored.feedback SET rating = 1 WHERE session_id = 's1'")
    (found,) = mirror.differences()
    assert (found.table, found.in_source, found.in_mirror) == ("feedback", 2, 2)


def test_every_table_has_the_triggers_that_note_its_key(source: PostgresStore) -> None:
    rows = source.execute(
        "SELECT c.relname, t.tgname, encode(t.tgargs, 'escape') FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE c.relnamespace = to_regnamespace(current_schema()) AND t.tgname LIKE 'mirror_%'"
    )
    keys = {table.name: ", ".join(table.key).replace("t.", "") for table in mirrored_tables()}
    assert sorted(rows) == sorted(
        (name, f"mirror_{event}", key + "\\000")
        for name, key in keys.items()
        for event in ("insert", "update", "delete")
    )


def test_the_folder_is_for_this_account_alone(mirror: Mirror, tmp_path: Path) -> None:
    assert [folder.stat().st_mode & 0o077 for folder in (tmp_path / "numbers").iterdir()] == [0]
