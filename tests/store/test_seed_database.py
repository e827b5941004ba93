"""Taking over the seed's tables from the PostgreSQL or SQLite that Prisma kept them in."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from coachroom.errors import ImportFileError
from coachroom.store import seed_sqlite
from coachroom.store.seed_database import open_seed_database
from coachroom.store.seed_import import SeedReport, import_database
from coachroom.store.store import Store
from tests.postgres_cluster import PASSWORD, USER, running_cluster

NOW = datetime(2026, 5, 1, 12)
# As `prisma migrate` writes it for models without @@map.
SQLITE_SCHEMA = """
CREATE TABLE "ClientProfile" ("id" TEXT NOT NULL PRIMARY KEY, "skoolUserId" TEXT NOT NULL, "preferences" JSONB,
  "goals" JSONB, "history" TEXT, "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE "Session" ("id" TEXT NOT NULL PRIMARY KEY, "roomId" TEXT NOT NULL, "clientId" TEXT NOT NULL,
  "startTime" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, "endTime" DATETIME, "status" TEXT NOT NULL);
CREATE TABLE "Conversation" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "sessionId" TEXT NOT NULL,
  "message" TEXT NOT NULL, "sender" TEXT NOT NULL, "timestamp" DATETIME NOT NULL, "context" JSONB);
CREATE TABLE "Feedback" ("sessionId" TEXT NOT NULL PRIMARY KEY, "rating" INTEGER, "nps" REAL, "comment" TEXT,
  "createdAt" DATETIME NOT NULL);
CREATE TABLE "_prisma_migrations" ("id" TEXT);
CREATE TABLE "Account" ("id" TEXT);
"""
# As it writes it for models with @@map, with the types of PostgreSQL.
POSTGRES_SCHEMA = """
CREATE SCHEMA coaching;
CREATE TYPE coaching."Status" AS ENUM ('ACTIVE', 'COMPLETED');
CREATE TABLE coaching.client_profiles (id uuid PRIMARY KEY, skool_user_id text, preferences jsonb, goals text[],
  history text, "createdAt" timestamptz NOT NULL);
CREATE TABLE coaching.sessions ("id" uuid PRIMARY KEY, "roomId" text, "clientId" uuid NOT NULL,
  "startTime" timestamp(3) NOT NULL, "endTime" timestamp(3), status coaching."Status" NOT NULL);
CREATE TABLE coaching."Conversations" (id serial PRIMARY KEY, "sessionId" uuid NOT NULL, message text NOT NULL,
  sender text NOT NULL, "timestamp" timestamptz NOT NULL, context jsonb);
CREATE TABLE coaching."Feedback" ("sessionId" uuid PRIMARY KEY, rating integer, nps numeric(4,1), comment text,
  "createdAt" timestamptz NOT NULL);
CREATE TABLE coaching."Session" (id text PRIMARY KEY, "sessionToken" text, "userId" text, expires timestamp(3));
"""
ANA = "6f1f8c9e-0d5c-4a4c-9d2a-2f3b1c0e7a11"
TALK = "0b7f8c9e-0d5c-4a4c-9d2a-2f3b1c0e7a22"
START, END = datetime(2026, 1, 2, 10), datetime(2026, 1, 2, 10, 20)


def milliseconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Prisma's file: times as whole milliseconds, as ISO text, and as SQLite's own default writes them."""
    path = tmp_path / "prisma's dev.db"
    connection = sqlite3.connect(path)
    connection.executescript(SQLITE_SCHEMA)
    connection.execute(
        'INSERT INTO "ClientProfile" VALUES (?, ?, ?, ?, ?, ?)',
        ["c1", "u1", '{"tone":"calm"}', '["Sleep","Run"]', "null", "2026-01-01 09:00:00"],
    )
    connection.execute(
        'INSERT INTO "Session" VALUES (?, ?, ?, ?, ?, ?)',
        ["s1", "r1", "c1", milliseconds(START), "2026-01-02T10:20:00.000+00:00", "completed"],
    )
    connection.executemany(
        'INSERT INTO "Conversation" VALUES (NULL, ?, ?, ?, ?, ?)',
        [
            ["s1", "null", "user", milliseconds(START), None],
            ["s1", b"B\xc3\xbcro \x00", "ai", "2026-01-02T10:00:05.250Z", '{"topic":"hello"}'],
        ],
    )
    connection.execute('INSERT INTO "Feedback" VALUES (?, ?, ?, ?, ?)', ["s1", 5, 9.0, "Good", milliseconds(END)])
    connection.commit()
    connection.close()
    return path


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def server(port: int) -> Iterator[Path]:
    """The folder of the socket of a PostgreSQL that listens on loopback as well."""
    with running_cluster({"listen_addresses": "127.0.0.1", "port": str(port), "timezone": "Asia/Tokyo"}) as folder:
        yield folder


@pytest.fixture
def postgres(server: Path, port: int) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(f"host={server} port={port} user={USER} dbname=postgres", autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS coaching CASCADE")
        connection.execute(POSTGRES_SCHEMA)
        connection.execute(
            "INSERT INTO coaching.client_profiles VALUES (%s, 'u1', %s, %s, NULL, '2026-01-01 18:00+09')",
            [ANA, '{"tone": "calm"}', ['Say no, "kindly"', "Run"]],
        )
        connection.execute(
            "INSERT INTO coaching.sessions VALUES (%s, 'r1', %s, %s, %s, 'COMPLETED')", [TALK, ANA, START, END]
        )
        connection.execute(
            """INSERT INTO coaching."Conversations" ("sessionId", message, sender, "timestamp", context) VALUES
            (%s, 'Hello', 'user', '2026-01-02 19:00:00+09', NULL),
            (%s, 'Hi', 'ai', '2026-01-02 11:00:05.25+01', '{"topic": "hello"}')""",
            [TALK, TALK],
        )
        connection.execute(
            "INSERT INTO coaching.\"Feedback\" VALUES (%s, 5, 9, 'Good', '2026-01-02 10:20:00+00')", [TALK]
        )
        yield connection
        connection.execute("DROP SCHEMA coaching CASCADE")


def address(port: int, user: str = USER, password: str = PASSWORD, parameters: str = "schema=coaching") -> str:
    return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{port}/postgres?{parameters}"


def load(store: Store, address: str) -> SeedReport:
    with open_seed_database(address) as database, store.transaction() as transaction:
        return import_database(transaction, database, NOW)


def refused(store: Store, address: str) -> str:
    with pytest.raises(ImportFileError) as caught:
        load(store, address)
    assert store.execute("SELECT * FROM client_profiles") == []
    assert quote(PASSWORD, safe="") not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    return str(caught.value)


def content(store: Store) -> dict[str, list[Any]]:
    queries = {
        "profiles": "SELECT skool_user_id, preferences, history, created_at FROM client_profiles",
        "sessions": "SELECT room_id, start_time, end_time, status FROM sessions",
        "turns": "SELECT seq, id, message, sender, timestamp, context->>'topic' FROM conversations ORDER BY seq",
        "feedback": "SELECT rating, nps, comment, created_at FROM feedback",
        "goals": "SELECT title FROM goals ORDER BY id",
    }
    return {name: store.execute(query) for name, query in queries.items()}


def test_what_prisma_kept_in_sqlite_arrives(store: Store, file: Path) -> None:
    report = load(store, f"sqlite:///{file}")
    assert report.read == ("client_profiles", "sessions", "conversations", "feedback")
    assert report.passed_over == ("Account",)
    later = datetime(2026, 1, 2, 10, 0, 5, 250000)
    assert content(store) == {
        "profiles": [("u1", '{"tone":"calm"}', None, datetime(2026, 1, 1, 9))],
        "sessions": [("r1", START, END, "completed")],
        "turns": [(1, "1", "null", "client", START, None), (2, "2", "Büro \ufffd", "agent", later, "hello")],
        "feedback": [(5, 9, "Good", END)],
        "goals": [("Sleep",), ("Run",)],
    }
    assert load(store, f"sqlite:///{file}").nothing_new


def test_prismas_own_address_of_a_file_is_taken(store: Store, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    assert load(store, f"file:./{quote(file.name)}?connection_limit=1").new["sessions"] == 1


def test_a_file_is_read_as_of_one_moment_while_its_app_writes(store: Store, file: Path) -> None:
    with sqlite3.connect(file) as app:
        app.execute("PRAGMA journal_mode = WAL")
    with open_seed_database(f"sqlite:///{file}") as database, store.transaction() as transaction:
        with sqlite3.connect(file) as app:
            app.execute("""INSERT INTO "Session" VALUES ('s2', 'r2', 'c2', 1767348000000, NULL, 'active')""")
        app.close()
        assert import_database(transaction, database, NOW).new["sessions"] == 1


def test_a_fault_in_a_row_names_table_and_id(store: Store, file: Path) -> None:
    with sqlite3.connect(file) as app:
        app.execute("""UPDATE "Session" SET "status" = 'asleep'""")
        app.execute("""UPDATE "Conversation" SET "timestamp" = 'soon' WHERE "id" = 2""")
    app.close()
    first, *faults = refused(store, f"sqlite:///{file}").splitlines()
    assert str(file) in first
    assert faults == [
        "  Session, id 's1': the status 'asleep' is unknown",
        "  Conversation, id '2': the timestamp 'soon' is not an ISO 8601 time",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"SQLite it is not. " * 100, "is no SQLite database: give the file that Prisma's DATABASE_URL names."),
        (b"", "holds none of the tables client_profiles, sessions,"),
    ],
)
def test_another_file_is_refused(store: Store, tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "other.db").write_bytes(content)
    assert sentence in refused(store, f"sqlite:///{tmp_path / 'other.db'}")


def test_a_missing_file_is_named_and_not_made(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"{tmp_path}/dev.db is no file: give sqlite:///PATH, with a fourth slash" in refused(
        store, "sqlite:///dev.db"
    )
    assert not (tmp_path / "dev.db").exists()
    assert "names no file: give sqlite:///PATH." in refused(store, "sqlite:dev.db")


def test_a_locked_file_is_named(store: Store, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed_sqlite, "PATIENCE_S", 0.1)
    app = sqlite3.connect(file, isolation_level=None)
    app.execute("BEGIN EXCLUSIVE")
    assert "is locked by another program: stop the app" in refused(store, f"sqlite:///{file}")
    app.close()


@pytest.mark.parametrize(
    ("value", "sentence"),
    [(b"\xff\xfe", "holds bytes that are no text"), ("x" * 200, "holds a text of more than 100 bytes")],
)
def test_text_that_cannot_be_taken_is_refused(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch, value: object, sentence: str
) -> None:
    with sqlite3.connect(file) as app:
        app.execute('UPDATE "Conversation" SET "message" = ?', [value])
    app.close()
    if isinstance(value, str):
        monkeypatch.setattr(seed_sqlite, "MAX_FIELD_BYTES", 100)
    assert f"Conversation in {file} {sentence}" in refused(store, f"sqlite:///{file}")


def test_few_long_texts_are_held_at_once(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(
            "CREATE TABLE long AS SELECT value AS id, printf('%.1000000c', 'x') AS words "
            "FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12]')"
        )
    with open_seed_database(f"sqlite:///{file}") as database:
        assert [len(rows) for rows in database.rows("long", ["id", "words"])] == [5, 5, 2]


def test_two_tables_of_one_name_are_refused(store: Store, file: Path) -> None:
    with sqlite3.connect(file) as app:
        app.execute('CREATE TABLE sessions_ AS SELECT * FROM "Session"')
    app.close()
    assert f"Session and sessions_ in {file} both hold sessions" in refused(store, f"sqlite:///{file}")


def test_a_table_without_its_columns_is_refused(store: Store, file: Path) -> None:
    with sqlite3.connect(file) as app:
        app.execute('ALTER TABLE "Session" RENAME COLUMN "startTime" TO "begin"')
    app.close()
    assert "Session lacks the columns start_time" in refused(store, f"sqlite:///{file}")


@pytest.mark.parametrize("scheme", ["mysql://root:secret@db/app", "prisma+postgres://x?api_key=secret", "dev.db", ""])
def test_another_address_is_refused_without_its_words(store: Store, scheme: str) -> None:
    sentence = refused(store, scheme)
    assert "give postgresql://USER@HOST:PORT/DATABASE or sqlite:///PATH" in sentence
    assert "secret" not in sentence


def test_what_prisma_kept_in_postgresql_arrives(store: Store, postgres: psycopg.Connection[Any], port: int) -> None:
    report = load(
        store, address(port, parameters="schema=coaching&connection_limit=5&pgbouncer=true&sslmode=disable")
    )
    # The table of sign-ins that is called Session as well lacks the columns.
    assert report.passed_over == ("Session",)
    later = datetime(2026, 1, 2, 10, 0, 5, 250000)
    assert content(store) == {
        "profiles": [("u1", '{"tone": "calm"}', None, datetime(2026, 1, 1, 9))],
        "sessions": [("r1", START, END, "completed")],
        "turns": [(1, "1", "Hello", "client", START, None), (2, "2", "Hi", "agent", later, "hello")],
        "feedback": [(5, 9, "Good", END)],
        "goals": [('Say no, "kindly"',), ("Run",)],
    }
    assert store.execute("SELECT id FROM client_profiles") == [(ANA,)]
    assert load(store, address(port)).nothing_new


def test_postgresql_is_reached_by_its_socket_too(
    store: Store, postgres: psycopg.Connection[Any], server: Path, port: int
) -> None:
    folder = quote(str(server), safe="")
    assert load(store, f"postgres://{USER}@/postgres?host={folder}&port={port}&schema=coaching").new["sessions"] == 1


def test_postgresql_is_read_as_of_one_moment_and_never_written(
    store: Store, postgres: psycopg.Connection[Any], port: int
) -> None:
    with open_seed_database(address(port)) as database, store.transaction() as transaction:
        database.tables()
        postgres.execute("DELETE FROM coaching.sessions")
        assert import_database(transaction, database, NOW).new["sessions"] == 1
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            database._connection.execute("DELETE FROM coaching.client_profiles")  # type: ignore[attr-defined]


def test_rows_that_may_not_be_read_are_never_left_out(
    store: Store, postgres: psycopg.Connection[Any], port: int
) -> None:
    postgres.execute("DROP ROLE IF EXISTS reader")
    postgres.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
    assert "reader may not read all rows of client_profiles" in refused(store, address(port, "reader"))
    postgres.execute("GRANT USAGE ON SCHEMA coaching TO reader")
    assert "reader may not read all rows of client_profiles" in refused(store, address(port, "reader"))
    postgres.execute("GRANT SELECT ON ALL TABLES IN SCHEMA coaching TO reader")
    postgres.execute("ALTER TABLE coaching.sessions ENABLE ROW LEVEL SECURITY")
    assert "reader may not read all rows of sessions" in refused(store, address(port, "reader"))
    postgres.execute("ALTER TABLE coaching.sessions DISABLE ROW LEVEL SECURITY")
    assert load(store, address(port, "reader")).new["sessions"] == 1
    postgres.execute("DROP OWNED BY reader; DROP ROLE reader")


def test_a_locked_table_is_named(
    store: Store, postgres: psycopg.Connection[Any], port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coachroom.store.seed_postgres.LOCK_WAIT", "100ms")
    with postgres.transaction():
        postgres.execute("LOCK coaching.sessions")
        assert "sessions in PostgreSQL database postgres at 127.0.0.1" in refused(store, address(port))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": "wrong/one"}, "does not let postgres in: check user and password in the address."),
        ({"password": ""}, "asks for a password: write it into the address, PGPASSWORD or ~/.pgpass."),
        ({"user": "nobody-here"}, "does not let nobody-here in"),
        ({"parameters": "schema=nowhere"}, "holds none of the tables client_profiles"),
    ],
)
def test_who_is_not_let_in_reads_one_sentence(
    store: Store, postgres: psycopg.Connection[Any], port: int, change: dict[str, str], sentence: str
) -> None:
    said = refused(store, address(port, **change))
    assert sentence in said
    assert "\n" not in said
    assert "wrong" not in said


def test_a_database_or_a_server_that_is_not_there_is_named(store: Store, server: Path, port: int) -> None:
    there = address(port).replace("/postgres?", "/elsewhere?")
    assert f"elsewhere at 127.0.0.1:{port} does not let us in" in refused(store, there)
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = int(free.getsockname()[1])
    assert f"postgres at 127.0.0.1:{closed} cannot be reached" in refused(store, address(closed))


@pytest.mark.parametrize("password", ["p@ss", "p/ss", "p#ss", "12/ss", "12?ss", "p%zzs"])
def test_a_password_that_is_not_escaped_is_never_shown(store: Store, password: str) -> None:
    said = refused(store, f"postgresql://ana:{password}@127.0.0.1:1/app")
    assert "ss" not in said.replace("password", "").replace("address", "").replace("PASSWORD", "")
    assert "@ is written %40" in said


def test_without_psycopg_one_sentence_says_how_to_get_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "install it with `python -m pip install -r requirements-postgres.lock`" in refused(store, address(1))


def test_the_command_takes_a_database_over_or_leaves_nothing(file: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "coachroom", "import", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    wrong = run("--from", "sqlite:///missing.db")
    assert (wrong.returncode, wrong.stderr.count("\n"), (tmp_path / "data").exists()) == (2, 1, False)
    forgotten = run("postgresql://ana:secret@db/app")
    assert (forgotten.returncode, forgotten.stderr) == (
        2,
        "A database is no folder: give its address behind --from.\n",
    )
    both = run("folder", "--from", f"sqlite:///{file}")
    assert (both.returncode, both.stderr.count("\n")) == (2, 1)
    done = run("--from", f"sqlite:///{file}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Read client_profiles, sessions, conversations, feedback" in done.stdout
    assert "Tables that are not used:" in done.stdout
