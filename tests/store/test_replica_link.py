"""The link between replicas, on a PostgreSQL of our own: who leads, what the others hear, and who must be alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from coachroom.store import replica_link
from coachroom.store.replica import SQL, News, NewsKind, Replica
from coachroom.store.replica_link import NameTakenError, NotAloneError, ReplicaLink
from tests.open_server import until
from tests.postgres_cluster import USER, running_cluster

Link = Callable[..., ReplicaLink]


class Database:
    """Gives connections to one schema, as the store does beside its pool."""

    def __init__(self, socket: Path, schema: str = "public") -> None:
        self.name = f"schema {schema}"
        self._address = f"host={socket} user={USER} dbname=postgres options='-c search_path={schema}'"
        self.cut = threading.Event()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        if self.cut.is_set():
            raise psycopg.OperationalError("no route to host")
        options = {"autocommit": True, "cursor_factory": psycopg.RawCursor}
        with psycopg.connect(self._address, **options) as connection:
            yield connection

    def tell(self, news: News) -> None:
        with self.connection() as connection:
            connection.execute(SQL["tell"], [news.to_text()])

    def locks(self) -> int:
        with self.connection() as connection:
            sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            return int(connection.execute(sql).fetchone()[0])

    def end_connections_of(self, lock: int) -> None:
        """As when a server ends, or gives up a client that is silent."""
        with self.connection() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1", [lock]
            )


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    with running_cluster({}) as folder:
        yield folder


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_link, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(replica_link, "RETRY_SECONDS", 0.05)


@pytest.fixture
def database(socket: Path) -> Database:
    return Database(socket)


@pytest.fixture
def link(database: Database) -> Iterator[Link]:
    """Makes links of replicas, which are closed at the end."""
    with ExitStack() as open_ones:

        def make(name: str, *, alone: str | None = None, on: Database = database) -> ReplicaLink:
            made = ReplicaLink(on, Replica(name, shared=True), alone=alone)
            open_ones.callback(made.close)
            return made

        yield make
    # The server takes a moment to notice that they are closed.
    until(lambda: not database.locks())


def test_all_replicas_have_the_clock_of_the_database(
    database: Database, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = link("one")
    with database.connection() as connection:
        for moved in (timedelta(), timedelta(hours=1), timedelta(hours=-1)):
            sql = f"SELECT clock_timestamp() AT TIME ZONE 'UTC' + INTERVAL '{moved.total_seconds():.0f} s'"
            monkeypatch.setattr(replica_link, "SQL", {**SQL, "now": sql})
            until(lambda sql=sql: abs(one.now() - connection.execute(sql).fetchone()[0]) < timedelta(seconds=0.5))


def test_a_clock_does_not_step_back_by_the_time_that_an_answer_takes(
    database: Database, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = link("one")
    late = "SELECT clock_timestamp() AT TIME ZONE 'UTC' - INTERVAL '0.05 s' FROM pg_sleep(0)"
    before = one.now()
    monkeypatch.setattr(replica_link, "SQL", {**SQL, "now": late})
    for _ in range(50):
        now = one.now()
        assert now >= before
        before = now
        time.sleep(0.01)


def test_one_leads_and_another_takes_over_where_it_ends(link: Link) -> None:
    first = link("one")
    until(lambda: first.leads)
    second, third = link("two"), link("three")
    first.close()
    assert not first.leads
    until(lambda: second.leads or third.leads)
    assert second.leads != third.leads


def test_who_loses_the_connection_leads_no_more(link: Link, database: Database) -> None:
    first = link("one")
    until(lambda: first.leads)
    second = link("two")
    assert not second.leads
    database.end_connections_of(replica_link.LEADER_LOCK)
    until(lambda: first.leads != second.leads)
    until(lambda: not (first.leads and second.leads))


def test_who_is_cut_off_leads_no_more_and_tries_again(link: Link, socket: Path) -> None:
    mine = Database(socket)
    first = link("one", on=mine)
    until(lambda: first.leads)
    second = link("two")
    mine.cut.set()
    Database(socket).end_connections_of(replica_link.LEADER_LOCK)
    until(lambda: second.leads)
    until(lambda: not first.leads)
    mine.cut.clear()
    second.close()
    until(lambda: first.leads)


def test_a_leader_that_stands_still_is_given_up(
    link: Link, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ends a connection on which nothing is asked; whoever asks again finds that out."""
    monkeypatch.setattr(replica_link, "SILENT", "200ms")
    monkeypatch.setattr(replica_link, "LEASE_SECONDS", 0.1)
    first = link("one")
    until(lambda: first.leads)
    still, go_on = threading.Event(), threading.Event()

    def stand_still(_: News) -> None:
        still.set()
        assert go_on.wait(20)

    first.listen(stand_still, lambda: None)
    database.tell(News(NewsKind.ENDED, "two", "session-1"))
    assert still.wait(20)
    monkeypatch.setattr(replica_link, "SILENT", "15s")
    monkeypatch.setattr(replica_link, "LEASE_SECONDS", 5.0)
    second = link("two")
    until(lambda: second.leads)
    assert not first.leads
    go_on.set()
    second.close()
    until(lambda: first.leads)


def test_the_others_hear_what_one_tells_and_it_does_not_hear_itself(link: Link, database: Database) -> None:
    heard: dict[str, list[News]] = {"one": [], "two": []}
    for name, news in heard.items():
        link(name).listen(news.append, lambda: None)
    by_one, by_two = News(NewsKind.TAKEN, "one", "session-1"), News(NewsKind.ENDED, "two", "session-1")
    database.tell(by_one)
    database.tell(by_two)
    until(lambda: heard["two"] and heard["one"])
    assert heard == {"one": [by_two], "two": [by_one]}


def test_news_that_cannot_be_followed_are_not_the_last(link: Link, database: Database) -> None:
    heard: list[News] = []

    def follow(news: News) -> None:
        heard.append(news)
        raise RuntimeError("a page is gone")

    link("one").listen(follow, lambda: None)
    for n in (1, 2):
        database.tell(News(NewsKind.ENDED, "two", f"session-{n}"))
    until(lambda: len(heard) == 2)


def test_after_a_gap_one_is_told_that_news_may_have_been_missed(link: Link, database: Database) -> None:
    gaps: list[int] = []
    one = link("one")
    one.listen(lambda _: None, lambda: gaps.append(1))
    until(lambda: one.leads)
    assert len(gaps) == 1
    database.end_connections_of(replica_link.LEADER_LOCK)
    until(lambda: len(gaps) == 2)


def test_replicas_of_another_schema_are_no_neighbours(link: Link, socket: Path, database: Database) -> None:
    with database.connection() as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS elsewhere")
    here, there = link("one", alone="Alone."), link("one", alone="Alone.", on=Database(socket, "elsewhere"))
    until(lambda: here.leads and there.leads)


def test_replicas_hear_each_other_in_a_schema_with_the_longest_name(
    link: Link, socket: Path, database: Database
) -> None:
    schema = "s" * 63
    with database.connection() as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    there = Database(socket, schema)
    heard: list[News] = []
    link("one", on=there).listen(heard.append, lambda: None)
    there.tell(News(NewsKind.ENDED, "two", "session-1"))
    until(lambda: heard)


def test_two_replicas_have_no_name_in_common(link: Link) -> None:
    one = link("one")
    with pytest.raises(NameTakenError, match="Another coachroom by the name one has this database open"):
        link("one")
    one.close()
    link("one")


def test_what_must_be_alone_does_not_start_beside_another_nor_another_beside_it(link: Link) -> None:
    one = link("one")
    with pytest.raises(NotAloneError, match=r"^Alone, stop the other\.$"):
        link("two", alone="Alone, stop the other.")
    one.close()
    link("two", alone="Alone, stop the other.")
    with pytest.raises(NotAloneError, match="practice coach"):
        link("three")


def test_who_comes_back_to_find_another_in_its_place_knows_why_it_takes_part_no_more(
    link: Link, socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_link, "SHUT_OUT_SECONDS", 0.2)
    mine = Database(socket)
    first = link("one", alone="Alone, stop the other.", on=mine)
    until(lambda: first.leads)
    mine.cut.set()
    Database(socket).end_connections_of(replica_link.LEADER_LOCK)
    until(lambda: not first.leads)
    second = link("two")
    mine.cut.clear()
    until(lambda: str(first.shut_out) == "Alone, stop the other.")
    assert second.shut_out is None
    assert not first.leads


def test_who_finds_the_locks_of_its_own_lost_connection_takes_part_again(
    link: Link, socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_link, "SHUT_OUT_SECONDS", 0.5)
    database, mine = Database(socket), Database(socket)
    first = link("one", alone="Alone, stop the other.", on=mine)
    until(lambda: first.leads)
    mine.cut.set()
    database.end_connections_of(replica_link.LEADER_LOCK)
    until(lambda: not first.leads)
    with database.connection() as ghost:
        ghost.execute(SQL["try_to_be_alone"], [replica_link.ALONE_LOCK])
        mine.cut.clear()
        time.sleep(0.2)
    until(lambda: first.leads)
    assert first.shut_out is None
    assert first.silent_s < 60
