"""Moving a database to PostgreSQL and back: everything arrives, at whatever moment it is killed."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from coachroom.demo.community import Community, generate
from coachroom.errors import StoreError
from coachroom.postgres_address import PostgresAddress
from coachroom.store import moving, postgres
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import LEDGER, MOVED_AWAY, migrate, moved_away, tables_of
from coachroom.store.moving import Content, content_of, move, take_back
from coachroom.store.postgres import MOVING, PostgresStore
from coachroom.store.replica import Replica
from coachroom.store.replica_link import NotAloneError, ReplicaLink
from coachroom.store.store import Store
from coachroom.store.writer import Writer
from tests.databases import new_postgres, postgres_url
from tests.open_server import until
from tests.server import ROOT

NOON = datetime(2026, 5, 1, 12)
LAST_WORDS = "Zoë said: \U0001f9ed 'quote' \\ back\tslash\nline {1,2} NULL \\N \\."


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small community."""
    path = tmp_path_factory.mktemp("community") / "room.duckdb"
    with closing(DuckStore(path)) as store:
        migrate(store, NOON)
        writer = Writer(store)
        generate(store, writer, Community(20, 200, 3, datetime(2026, 4, 30)), now=NOON)
        writer.close()
        store.execute("INSERT INTO consents VALUES ('hostile', $1, $2)", [LAST_WORDS, NOON.replace(microsecond=1)])
    return path


@pytest.fixture
def path(community: Path, tmp_path: Path) -> Path:
    return shutil.copy(community, tmp_path / "room.duckdb")


@pytest.fixture
def target() -> Iterator[PostgresStore]:
    with closing(PostgresStore(new_postgres(), purpose=MOVING)) as store:
        yield store


def ignore(table: str, rows: int) -> None:
    """For who asks nothing of the way."""


def contents(store: DuckStore | PostgresStore, like: DuckStore) -> dict[str, Content]:
    """What every table of `like` holds in `store`."""
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position"
    return {
        table: content_of(store, table, [name for (name,) in like.execute(columns, [table])])
        for table in tables_of(like) - {LEDGER, MOVED_AWAY}
    }


def test_there_and_back_again_everything_is_the_same(path: Path, tmp_path: Path, target: PostgresStore) -> None:
    with closing(DuckStore(path)) as source, closing(DuckStore(tmp_path / "back.duckdb")) as back:
        told: dict[str, int] = {}
        moved = move(source, target, NOON, told.__setitem__)
        assert moved == told
        assert moved["sessions"] == 200
        assert sum(map(bool, moved.values())) > 20
        before = contents(source, source)
        assert contents(target, source) == before
        migrate(target, NOON)
        move(target, back, NOON, ignore)
        assert contents(back, source) == before
        migrate(back, NOON)
        assert target.execute("SELECT version FROM consents WHERE client_id = 'hostile'") == [(LAST_WORDS,)]


@pytest.mark.parametrize("way", ["there", "back"])
def test_no_app_opens_what_was_moved_away_until_it_is_taken_back(
    way: str, path: Path, tmp_path: Path, target: PostgresStore
) -> None:
    with closing(DuckStore(path)) as file, closing(DuckStore(tmp_path / "new.duckdb")) as new:
        move(file, target, NOON, ignore)
        if way == "back":
            move(target, new, NOON, ignore)
        source, to = (file, target) if way == "there" else (target, new)
        sentence = f"was moved to {re.escape(to.name)} on 1 May 2026: set COACHROOM_DATABASE"
        for refused in (lambda: migrate(source, NOON), lambda: move(source, to, NOON, ignore)):
            with pytest.raises(StoreError, match=sentence):
                refused()
        assert moved_away(to) is None
        migrate(to, NOON)
        assert take_back(source).target == to.name
        migrate(source, NOON)
        with pytest.raises(StoreError, match="was not moved away"):
            take_back(source)


def test_an_app_that_was_cut_off_while_its_server_was_moved_away_writes_nothing_there_any_more(
    tmp_path: Path, target: PostgresStore
) -> None:
    """It comes back by itself, and opens no database anew."""
    migrate(target, NOON)
    with closing(PostgresStore(target.address)) as app, closing(DuckStore(tmp_path / "new.duckdb")) as new:
        link = ReplicaLink(app, Replica("one", shared=True))
        try:
            with cut_off(app):
                target.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND application_name = $1",
                    [f"coachroom {target.address.schema}"],
                )
                until(lambda: not link.leads)
                move(target, new, NOON, ignore)
            with pytest.raises(StoreError, match="was moved to"), app.transaction():
                pass
            until(lambda: link.shut_out is not None)
            assert "was moved to" in str(link.shut_out)
        finally:
            link.close()


@contextmanager
def cut_off(app: PostgresStore) -> Iterator[None]:
    """No connection beside the pool is made, as by a broken cable."""

    def cut() -> object:
        raise StoreError("no route to host")

    app.connection = cut  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        del app.connection  # type: ignore[method-assign]


def test_killed_when_only_the_mark_was_left_to_do_it_goes_on_and_both_are_never_open(
    path: Path, target: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = PostgresStore.execute

    def stop_at_the_end(self: PostgresStore, sql: str, *rest: object) -> object:
        if sql.startswith("DROP TABLE"):
            raise KeyboardInterrupt
        return execute(self, sql, *rest)  # type: ignore[arg-type]

    with closing(DuckStore(path)) as source:
        monkeypatch.setattr(PostgresStore, "execute", stop_at_the_end)
        with pytest.raises(KeyboardInterrupt):
            move(source, target, NOON, ignore)
        monkeypatch.undo()
        for each in (source, target):
            with pytest.raises(StoreError, match="moved"):
                migrate(each, NOON)
        move(source, target, NOON, ignore)
        migrate(target, NOON)
        with pytest.raises(StoreError, match="was moved to"):
            migrate(source, NOON)


def test_the_rows_of_the_source_are_left_as_they_were(path: Path, target: PostgresStore) -> None:
    with closing(DuckStore(path)) as source:
        before = contents(source, source)
        move(source, target, NOON, ignore)
        assert contents(source, source) == before


def test_a_target_with_rows_is_refused_and_left_alone(path: Path, target: PostgresStore) -> None:
    migrate(target, NOON)
    target.execute("INSERT INTO consents VALUES ('ana', 'v1', $1)", [NOON])
    with closing(DuckStore(path)) as source, pytest.raises(StoreError, match="holds data already"):
        move(source, target, NOON, ignore)
    migrate(target, NOON)
    assert target.execute("SELECT count(*) FROM consents") == [(1,)]


def test_a_source_of_an_older_version_is_refused(tmp_path: Path, target: PostgresStore) -> None:
    with closing(DuckStore(tmp_path / "old.duckdb")) as source, pytest.raises(StoreError, match="another version"):
        move(source, target, NOON, ignore)
    assert tables_of(target) == set()


def test_two_of_one_kind_are_refused(path: Path, tmp_path: Path) -> None:
    with (
        closing(DuckStore(path)) as source,
        closing(DuckStore(tmp_path / "new.duckdb")) as new,
        pytest.raises(StoreError, match="of one kind"),
    ):
        move(source, new, NOON, ignore)


def test_a_server_that_an_app_has_open_is_not_moved(tmp_path: Path, target: PostgresStore) -> None:
    migrate(target, NOON)
    with closing(PostgresStore(target.address)) as app, closing(DuckStore(tmp_path / "new.duckdb")) as new:
        # Its first connection is made in the background.
        app.execute("SELECT 1")
        with pytest.raises(StoreError, match="is running"):
            move(target, new, NOON, ignore)


def test_a_server_on_which_an_app_leads_is_no_target(
    path: Path, target: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has no rows yet could write some while others arrive."""
    monkeypatch.setattr(postgres, "LOCK_WAIT_MS", 300)
    migrate(target, NOON)
    app = ReplicaLink(target, Replica("one", shared=True))
    try:
        until(lambda: app.leads)
        with closing(DuckStore(path)) as source, pytest.raises(StoreError, match="coachroom is running"):
            move(source, target, NOON, ignore)
    finally:
        app.close()
    assert moving.HALF_MOVED not in tables_of(target)


def test_no_app_opens_a_server_that_is_being_moved(path: Path, target: PostgresStore) -> None:
    refused = []

    def open_app(table: str, rows: int) -> None:
        if not refused:
            with pytest.raises(NotAloneError) as refusal:
                ReplicaLink(target, Replica("one", shared=True))
            refused.append(str(refusal.value))

    with closing(DuckStore(path)) as source:
        move(source, target, NOON, open_app)
    assert "moves it" in refused[0]


def test_a_difference_on_the_other_side_is_found(
    path: Path, target: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = PostgresStore.fill

    def fill_and_change(self: PostgresStore, table: str, *rest: object) -> None:
        fill(self, table, *rest)  # type: ignore[arg-type]
        if table == "goals":
            self.execute("UPDATE goals SET weight = weight + 1e-9 WHERE id = (SELECT min(id) FROM goals)")

    monkeypatch.setattr(PostgresStore, "fill", fill_and_change)
    with closing(DuckStore(path)) as source:
        with pytest.raises(StoreError, match=r"goals in .* differs"):
            move(source, target, NOON, ignore)
        with pytest.raises(StoreError, match="half moved"):
            migrate(target, NOON)
        monkeypatch.undo()
        move(source, target, NOON, ignore)
        assert contents(target, source) == contents(source, source)


def test_a_source_that_changed_after_a_kill_is_taken_as_it_is_now(
    path: Path, target: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop_at_goals(table: str, rows: int) -> None:
        if table == "goals":
            raise KeyboardInterrupt

    with closing(DuckStore(path)) as source:
        with pytest.raises(KeyboardInterrupt):
            move(source, target, NOON, stop_at_goals)
        source.execute("UPDATE consents SET version = 'v9'")
        move(source, target, NOON, ignore)
        assert contents(target, source) == contents(source, source)


MOVE = """
import sys
from datetime import datetime
from pathlib import Path
from coachroom.postgres_address import PostgresAddress
from coachroom.store import moving, postgres
from coachroom.store.duck import DuckStore
from coachroom.store.postgres import MOVING, PostgresStore

moving.ROWS_AT_ONCE = 200
here, there = DuckStore(Path(sys.argv[1])), PostgresStore(PostgresAddress.read(sys.argv[2]), purpose=MOVING)
source, target = (here, there) if sys.argv[3] == "there" else (there, here)
print("begins", flush=True)
moving.move(source, target, datetime(2026, 5, 1), lambda table, rows: print(table, flush=True))
print("done", flush=True)
"""


@pytest.mark.parametrize("way", ["there", "back"])
def test_killed_at_any_moment_it_goes_on_where_it_was(way: str, path: Path, tmp_path: Path) -> None:
    address = new_postgres()
    with closing(DuckStore(path)) as source:
        before = contents(source, source)
        if way == "back":
            with closing(PostgresStore(address)) as server:
                move(source, server, NOON, ignore)
    file = path if way == "there" else tmp_path / "new.duckdb"
    chance, kills, output = random.Random(20261201), 0, ""
    while True:
        url = postgres_url(schema=str(address.schema))
        process = subprocess.Popen(
            [sys.executable, "-c", MOVE, str(file), url, way], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        if kills < 3:
            time.sleep(chance.uniform(0, 0.9))
            process.kill()
        output = process.stdout.read()
        process.stdout.close()
        process.wait()
        if output.endswith("done\n"):
            break
        kills += 1
        assert kills <= 3, "it does not come to its end"
        refuse_half_moved(address if way == "there" else file)
    assert kills >= 1
    with closing(DuckStore(path)) as old, closing(PostgresStore(address)) as server, closing(DuckStore(file)) as new:
        assert contents(old, old) == before
        assert contents(server if way == "there" else new, old) == before
        migrate(server if way == "there" else new, NOON)


def refuse_half_moved(database: Path | PostgresAddress) -> None:
    """No app opens it, unless nothing had been begun."""
    store: Store = DuckStore(database) if isinstance(database, Path) else PostgresStore(database)
    with closing(store):
        if moving.HALF_MOVED in tables_of(store):
            with pytest.raises(StoreError, match="half moved"):
                migrate(store, NOON)
