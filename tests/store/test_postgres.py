"""The PostgreSQL adapter: what DuckDB's gives, and what only a server can do to us."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from datetime import datetime
from functools import partial
from urllib.parse import quote

import psycopg
import pytest

from coachroom.errors import LostCommitError, NotBegunError, StatementError, StoreClosedError, StoreError
from coachroom.postgres_address import PostgresAddress
from coachroom.store import postgres
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import known_migrations, migrate, postgres_migrations
from coachroom.store.opening import open_store
from coachroom.store.postgres import PostgresStore
from coachroom.store.replica import Replica
from coachroom.store.replica_link import ReplicaLink
from coachroom.store.store import Engine, Parameters, Store, Transaction
from coachroom.store.writer import Writer
from tests.databases import new_postgres, postgres_socket, postgres_url
from tests.open_server import until
from tests.postgres_cluster import PASSWORD, USER, running_cluster, start_cluster, stop_cluster

NOON = datetime(2026, 5, 1, 12)
SAME = """
SELECT $text AS text, $number AS number, CAST(1.5 AS DOUBLE PRECISION) AS part, $moment AS moment,
  CAST('{"a": 1}' AS JSON) AS json, TRUE AS yes, NULL AS nothing, '$text' AS quoted -- $comment
"""


@pytest.fixture(scope="module")
def address() -> PostgresAddress:
    return new_postgres()


@pytest.fixture
def store(address: PostgresAddress) -> Iterator[Store]:
    store = open_store(address)
    migrate(store, NOON)
    yield store
    store.close()


def test_both_engines_give_the_same_values(store: Store) -> None:
    given = {"text": "Ana", "number": 3, "moment": NOON, "unused": 1}
    rows = store.execute(SAME.replace("$moment", "CAST($moment AS TIMESTAMP)"), given)
    other = DuckStore(None)
    assert rows == other.execute(SAME, given)
    assert [type(value) for value in rows[0]] == [type(value) for value in other.execute(SAME, given)[0]]
    other.close()


def test_both_engines_say_how_many_rows_a_write_has_changed(store: Store) -> None:
    other = DuckStore(None)
    statements = (
        "CREATE TABLE counted (x INTEGER PRIMARY KEY)",
        "INSERT INTO counted VALUES (1), (2)",
        "UPDATE counted SET x = x + 10",
        "DELETE FROM counted WHERE x = 11 RETURNING x",
        "DELETE FROM counted",
        "DROP TABLE counted",
    )
    for statement in statements:
        assert store.execute(statement) == other.execute(statement), statement
    other.close()


def test_a_frame_has_the_types_that_duckdb_gives(store: Store) -> None:
    query = """
    SELECT 1 AS whole, CAST(NULL AS INTEGER) AS none, 2.5 AS part, TIMESTAMP '2026-05-01 12:00:00' AS moment,
      'x' AS text, TRUE AS yes
    """
    other = DuckStore(None)
    ours, theirs = store.frame(query), other.frame(query)
    assert ours.dtypes.to_dict() == theirs.dtypes.to_dict()
    assert ours.equals(theirs)
    other.close()


@pytest.mark.parametrize("engine", Engine)
def test_text_with_nul_is_stored_without_it_as_a_row_a_list_and_json(
    engine: Engine, address: PostgresAddress
) -> None:
    store: Store = open_store(address) if engine is Engine.POSTGRESQL else DuckStore(None)
    pasted, typed = "a\x00b", "\\u0000"
    document = json.dumps({"pasted": pasted, "typed": typed, "backslash": "\\\x00"})
    read = "CAST($1 AS text), " + ", ".join(
        f"CAST($2 AS JSON) ->> '{name}'" for name in ("pasted", "typed", "backslash")
    )
    there = [("a\ufffdb", "a\ufffdb", typed, "\\\ufffd")]
    with store.transaction() as transaction:
        assert transaction.execute(f"SELECT {read}", [pasted, document]) == there
    assert store.execute("SELECT unnest($1::text[])", [[pasted, typed]]) == [("a\ufffdb",), (typed,)]
    assert store.execute("SELECT CAST($text AS text)", {"text": pasted}) == [("a\ufffdb",)]
    store.close()


def test_a_missing_parameter_is_named(store: Store) -> None:
    with pytest.raises(StatementError) as error:
        store.execute("SELECT $name", {"other": 1})
    assert "name" in error.value.cause


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction() as transaction:
        transaction.execute("INSERT INTO consents VALUES ('ana', 'v1', $1)", [NOON])
        raise RuntimeError
    assert store.execute("SELECT count(*) FROM consents") == [(0,)]


def test_a_failed_statement_that_somebody_let_pass_is_not_taken_for_a_commit(store: Store) -> None:
    with pytest.raises(StatementError), store.transaction() as transaction:
        transaction.execute("INSERT INTO consents VALUES ('ana', 'v1', $1)", [NOON])
        with pytest.raises(StatementError):
            transaction.execute("SELECT nonsense")
    assert store.execute("SELECT count(*) FROM consents") == [(0,)]


def test_transactions_of_two_processes_run_one_after_the_other(address: PostgresAddress, store: Store) -> None:
    other = PostgresStore(address)
    inside, go, order = threading.Event(), threading.Event(), list[str]()

    def second() -> None:
        assert inside.wait(10)
        threading.Timer(0.2, go.set).start()
        with other.transaction():
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with store.transaction():
        inside.set()
        assert go.wait(10)
        order.append("first")
    thread.join()
    other.close()
    assert order == ["first", "second"]


def test_a_cut_connection_is_made_anew(address: PostgresAddress, store: Store) -> None:
    cut_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
    with psycopg.connect(postgres_url(), autocommit=True) as killer:
        killer.execute(cut_all, [f"coachroom {address.schema}"])
        assert store.execute("SELECT 1") == [(1,)]
        killer.execute(cut_all, [f"coachroom {address.schema}"])
    with store.transaction() as transaction:
        assert transaction.execute("SELECT 1") == [(1,)]


def cut_at_commit(monkeypatch: pytest.MonkeyPatch, *, before: bool) -> None:
    """The next COMMIT's line breaks, before the server has heard of it or before it has said so."""
    execute, cut = postgres._execute, list[int]()

    def execute_and_cut(connection: postgres.Connection, sql: str, parameters: Parameters) -> object:
        if sql != "COMMIT" or cut:
            return execute(connection, sql, parameters)
        if not before:
            execute(connection, sql, parameters)
        cut.append(connection.info.backend_pid)
        with psycopg.connect(postgres_url(), autocommit=True) as killer:
            killer.execute("SELECT pg_terminate_backend(%s, 5000)", cut)
        return execute(connection, "COMMIT", parameters)

    monkeypatch.setattr(postgres, "_execute", execute_and_cut)


def two_writes_at_once(store: Store) -> tuple[list[Future[None]], list[str]]:
    """Both in one transaction, and whose work was done, in that order."""
    writer, go, done = Writer(store), threading.Event(), list[str]()

    def add(name: str, transaction: Transaction) -> None:
        done.append(name)
        transaction.execute("INSERT INTO consents VALUES ($1, $2, $3)", [name, f"v{len(done)}", NOON])

    first = writer.run_alone(lambda: go.wait(10))
    writes = [writer.submit(partial(add, name)) for name in ("ana", "ben")]
    go.set()
    first.result()
    writer.close()
    return writes, done


@pytest.mark.parametrize("before", [True, False])
def test_what_was_stored_as_the_line_broke_is_done_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    store.execute("DELETE FROM consents")
    cut_at_commit(monkeypatch, before=before)
    writes, done = two_writes_at_once(store)
    assert [write.result() for write in writes] == [None, None]
    assert done == ["ana", "ben"] * (2 if before else 1)
    assert store.execute("SELECT client_id, count(*) FROM consents GROUP BY 1 ORDER BY 1") == [("ana", 1), ("ben", 1)]
    store.execute("DELETE FROM consents")


def test_where_nobody_can_say_whether_it_is_stored_nothing_is_done_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.execute("DELETE FROM consents")
    cut_at_commit(monkeypatch, before=False)
    monkeypatch.setattr(postgres, "OUTCOME_SECONDS", 0)
    monkeypatch.setattr(postgres, "_OUTCOME", "SELECT nothing")
    writes, done = two_writes_at_once(store)
    assert [type(write.exception()) for write in writes] == [LostCommitError, LostCommitError]
    assert done == ["ana", "ben"]
    store.execute("DELETE FROM consents")


def test_a_closed_store_answers_nothing_and_may_be_closed_again(address: PostgresAddress) -> None:
    store = open_store(address)
    store.close()
    store.close()
    with pytest.raises(StoreClosedError):
        store.execute("SELECT 1")
    with pytest.raises(StoreClosedError), store.transaction():
        pass


def test_every_migration_runs_once_and_those_of_the_engine_after_them(store: Store) -> None:
    migrate(store, NOON)
    assert store.execute("SELECT count(*) FROM schema_version") == [(len(known_migrations()),)]
    assert store.execute("SELECT count(*) FROM postgres_schema_version") == [(len(postgres_migrations()),)]
    assert store.execute("SELECT count(*) FROM pg_indexes WHERE indexname = 'one_open_room'")[0][0] >= 1


def test_replicas_that_start_at_once_make_the_tables_once() -> None:
    address = new_postgres()
    stores = [open_store(address) for _ in range(4)]
    threads = [threading.Thread(target=migrate, args=(store, NOON)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores[0].execute("SELECT count(*) FROM schema_version") == [(len(known_migrations()),)]
    for store in stores:
        store.close()


def test_a_database_of_another_program_is_left_alone() -> None:
    store = open_store(new_postgres())
    store.execute("CREATE TABLE invoices (id INTEGER)")
    with pytest.raises(StoreError, match="some other program"):
        migrate(store, NOON)
    assert store.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
    ) == [("invoices",)]
    store.close()


def test_a_newer_schema_is_refused() -> None:
    store = open_store(new_postgres())
    migrate(store, NOON)
    store.execute("INSERT INTO schema_version VALUES (9999, 'later', '', $1)", [NOON])
    with pytest.raises(StoreError, match="start the newer coachroom"):
        migrate(store, NOON)
    store.close()


def test_an_account_without_rights_is_told_so_and_nothing_is_made() -> None:
    schema = new_postgres().schema
    with psycopg.connect(postgres_url(), autocommit=True) as owner:
        owner.execute(f"CREATE ROLE guest_{schema} LOGIN; GRANT USAGE ON SCHEMA {schema} TO guest_{schema}")
    url = f"postgresql://guest_{schema}@/postgres?host={quote(str(postgres_socket()))}&schema={schema}"
    store = open_store(PostgresAddress.read(url))
    with pytest.raises(StoreError, match="right to create tables"):
        migrate(store, NOON)
    assert store.execute("SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema()") == []
    store.close()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://ana:s3cret@127.0.0.1:1/room", "cannot be reached"),
        ("postgresql://ana:s3cret@no-such-host.invalid/room", "cannot be reached"),
        ("postgresql://ana:%zzs3cret@127.0.0.1:1/room", "cannot be reached"),
        ("postgresql://ana@127.0.0.1:1/room?password=s3cret", "cannot be reached"),
    ],
)
def test_a_wrong_address_is_one_sentence_without_the_password(url: str, sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence) as error:
        open_store(PostgresAddress.read(url))
    assert "s3cret" not in str(error.value)
    assert "\n" not in str(error.value)
    # Nothing that led to it is shown with it.
    assert error.value.__suppress_context__


def test_a_database_and_a_schema_that_are_not_there_are_named() -> None:
    with pytest.raises(StoreError, match="does not exist"):
        open_store(PostgresAddress.read(postgres_url("nowhere")))
    with pytest.raises(StoreError, match="CREATE SCHEMA"):
        open_store(PostgresAddress.read(postgres_url(schema="nowhere")))


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ana:p@ss@host/room",
        "postgresql:/ana:s3cret@host/room",
        "postgresql://ana:s3#cret@host/room",
        "postgresql://ana:s3cret@host:99999999/room",
        "postgresql://ana@host/room?password",
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="not of the form") as error:
        PostgresAddress.read(text)
    assert "s3" not in str(error.value)
    assert "p@ss" not in str(error.value)


def test_an_address_may_name_no_host() -> None:
    address = PostgresAddress.read("postgresql:///room?host=/var/run/postgresql")
    assert psycopg.conninfo.conninfo_to_dict(address.connection) == {"dbname": "room", "host": "/var/run/postgresql"}


def test_an_address_shows_no_password() -> None:
    address = PostgresAddress.read("postgresql://ana:s3cret@host/room?schema=coaching&sslmode=require")
    assert "s3cret" not in str(address) + repr(address)
    assert address.schema == "coaching"
    assert "schema" not in address.connection


def test_an_older_server_is_named_with_what_is_needed(
    address: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "OLDEST_VERSION", 99)
    with pytest.raises(StoreError, match=r"is version 1\d; coachroom needs PostgreSQL 99 or newer"):
        open_store(address)


def test_another_encoding_is_refused() -> None:
    name = f"latin_{new_postgres().schema}"
    with psycopg.connect(postgres_url(), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(StoreError, match="ENCODING 'UTF8'"):
        open_store(PostgresAddress.read(postgres_url(name)))


def test_a_wrong_password_is_one_sentence_that_does_not_hold_it() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running_cluster({"listen_addresses": "127.0.0.1", "port": str(port)}):
        door = f"127.0.0.1:{port}/postgres"
        with pytest.raises(StoreError, match="does not let us in") as wrong:
            open_store(PostgresAddress.read(f"postgresql://postgres:s3cret@{door}"))
        with pytest.raises(StoreError, match="asks for a password") as none:
            open_store(PostgresAddress.read(f"postgresql://postgres@{door}"))
        store = open_store(PostgresAddress.read(f"postgresql://postgres:{quote(PASSWORD, safe='')}@{door}"))
        assert store.execute("SELECT 1") == [(1,)]
        assert PASSWORD not in store.name
        store.close()
    assert "s3cret" not in str(wrong.value) + str(none.value)


def test_a_process_that_stands_still_keeps_the_others_from_writing_for_a_while_only(
    address: PostgresAddress, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "IDLE_IN_TRANSACTION_MS", 300)
    frozen = PostgresStore(address)
    with pytest.raises(StatementError), frozen.transaction() as stands_still:
        stands_still.execute("INSERT INTO consents VALUES ('frozen', 'v1', $1)", [NOON])
        with store.transaction() as other:
            other.execute("INSERT INTO consents VALUES ('other', 'v1', $1)", [NOON])
        stands_still.execute("SELECT 1")
    assert store.execute("SELECT client_id FROM consents WHERE version = 'v1'") == [("other",)]
    store.execute("DELETE FROM consents")
    frozen.close()


def test_who_waits_too_long_for_the_others_is_told_so(
    address: PostgresAddress, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LOCK_WAIT_MS", 100)
    hurried = PostgresStore(address)
    with store.transaction(), pytest.raises(StatementError) as error, hurried.transaction():
        pass
    assert "lock timeout" in error.value.cause
    hurried.close()


def test_a_read_that_takes_too_long_ends_and_a_transaction_may_take_longer(
    address: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "READ_MS", 200)
    store = PostgresStore(address)
    with pytest.raises(StatementError) as error:
        store.execute("SELECT pg_sleep(5)")
    assert "statement timeout" in error.value.cause
    with store.transaction() as transaction:
        transaction.execute("SELECT pg_sleep(0.5)")
    store.close()


def test_closing_cancels_a_read_that_takes_too_long(address: PostgresAddress) -> None:
    store = PostgresStore(address)
    ended = threading.Event()

    def read() -> None:
        with pytest.raises(StatementError):
            store.execute("SELECT pg_sleep(30)")
        ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    while not store._at_work:
        time.sleep(0.01)
    store.close(0.1)
    assert ended.wait(10)
    thread.join()


def test_a_server_that_goes_and_comes_back_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 1)
    with running_cluster({"listen_addresses": ""}) as folder:
        store = PostgresStore(PostgresAddress.read(f"postgresql://{USER}@/postgres?host={quote(str(folder))}"))
        migrate(store, NOON)
        stop_cluster(folder)
        with pytest.raises(StatementError):
            store.execute("SELECT 1")
        with pytest.raises(NotBegunError), store.transaction():
            pass
        start_cluster(folder)
        until(lambda: answers(store), 20)
        with store.transaction() as transaction:
            assert transaction.execute("SELECT count(*) FROM sessions") == [(0,)]
        store.close()


def answers(store: Store) -> bool:
    try:
        store.execute("SELECT 1")
    except StoreError:
        return False
    return True


def test_locks_are_gone_before_the_server_notices_that_a_connection_is_closed(
    address: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    unnoticed: list[psycopg.Connection] = []

    def stay_open(connection: psycopg.Connection) -> None:
        unnoticed.append(connection)

    with closing(PostgresStore(address)) as store, monkeypatch.context() as slow:
        slow.setattr(psycopg.Connection, "close", stay_open)
        with store.only_mover():
            pass
        ReplicaLink(store, Replica("first", shared=True), alone="It works alone.").close()
        with store.only_mover():
            pass
    assert len(unnoticed) == 3
    for connection in unnoticed:
        connection.close()
