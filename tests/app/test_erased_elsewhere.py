"""Two replicas of two machines on one PostgreSQL, which share no folder: who is erased at the one is gone at both."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.cli import doctor
from coachroom.cli.doctor import Level
from coachroom.errors import CoachroomError, StoreError
from coachroom.people.people import Person, Role
from coachroom.people.skool_export import read_export
from coachroom.postgres_address import PostgresAddress
from coachroom.privacy.client_data import ids_of
from coachroom.privacy.erase import erase_client
from coachroom.privacy.erasures import Erasures
from coachroom.store import replica_link
from coachroom.store.migrate import migrate
from coachroom.store.postgres import PostgresStore
from coachroom.store.replica import Replica, command_replica
from coachroom.web import background
from coachroom.web.background import follow_the_others, mirror_database, repeat, rounds_of_each
from tests.databases import new_postgres
from tests.open_server import until
from tests.services import NOON, HandClock, list_of, opened, settings_for, store_of

IDA = "c-ida"
ANALYST = Person("ana@example.com", "Ana", Role.ANALYST, client_id=None, demo=False)
EXPORT = read_export(b"Email,Member ID\nida@example.com,m-1\nbo@example.com,m-2\n")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_link, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(replica_link, "RETRY_SECONDS", 0.05)


class Machines:
    """Replicas of one database, each on a machine of its own."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        self.folder = folder
        self.database: PostgresAddress = new_postgres()
        self.clock = HandClock()
        self._running = running

    def settings(self, name: str) -> dict[str, Any]:
        return {
            "database": self.database,
            "data_dir": self.folder / name,
            "replica": name,
            "agent_provider": "elevenlabs",
            "demo_sign_in": False,
        }

    def start(self, name: str) -> Services:
        services = self._running.enter_context(opened(self.folder / name, self.clock, **self.settings(name)))
        follow_the_others(services)
        return services

    def file(self, name: str) -> Path:
        return self.folder / name / "coachroom.postgresql.erased.jsonl"


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    with ExitStack() as running:
        yield Machines(tmp_path, running)


def add_ida(services: Services) -> None:
    store = store_of(services)
    store.execute("INSERT INTO client_profiles (id, display_name, created_at) VALUES ($1, 'Ida', $2)", [IDA, NOON])
    store.execute(
        "INSERT INTO members (email, display_name, role, status, source, client_id, skool_member_id, created_at, "
        "updated_at) VALUES ('ida@example.com', 'Ida', 'client', 'active', 'skool', $1, 'm-1', $2, $2)",
        [IDA, NOON],
    )


def is_here(services: Services) -> bool:
    return bool(store_of(services).execute("SELECT 1 FROM client_profiles WHERE id = $1", [IDA]))


def listed(services: Services) -> list[str]:
    return [erasure.client for erasure in list_of(services).all(store_of(services))]


def test_who_is_erased_at_one_machine_is_on_the_list_of_the_other_at_once(machines: Machines) -> None:
    one, other = machines.start("one"), machines.start("other")
    add_ida(one)
    one.own_data.erase(IDA, "operator")
    assert listed(other) == [IDA]
    plan = other.members.preview_import(EXPORT, sync=False)
    assert [row.email for row in plan.unclear] == ["ida@example.com"]


def test_each_machine_has_a_file_of_the_whole_list_soon(machines: Machines) -> None:
    one, other = machines.start("one"), machines.start("other")
    add_ida(one)

    async def serve() -> None:
        rounds = [replace(each, seconds=0.01) for each in rounds_of_each(other)]
        work = [asyncio.create_task(repeat(each)) for each in rounds]
        await asyncio.to_thread(one.own_data.erase, IDA, "operator")
        while not machines.file("other").exists() or IDA not in machines.file("other").read_text():
            await asyncio.sleep(0.01)
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)

    asyncio.run(asyncio.wait_for(serve(), 30))
    other.erased_elsewhere.catch_up()
    assert machines.file("other").read_text().count(IDA) == 1


def test_a_new_machine_gets_the_list_from_the_table(machines: Machines) -> None:
    one = machines.start("one")
    add_ida(one)
    one.own_data.erase(IDA, "operator")
    machines.start("new")
    assert IDA in machines.file("new").read_text()


def test_an_export_that_was_previewed_before_the_erasure_brings_nobody_back(machines: Machines) -> None:
    one, other = machines.start("one"), machines.start("other")
    store_of(one).execute(
        "INSERT INTO members (email, display_name, role, status, source, created_at, updated_at) "
        "VALUES ('admin@example.com', 'A', 'admin', 'active', 'manual', $1, $1)",
        [NOON],
    )
    admin = other.people.find("admin@example.com")
    assert admin is not None
    previewed = other.members.preview_import(EXPORT, sync=False)
    add_ida(one)
    one.own_data.erase(IDA, "operator")
    with pytest.raises(CoachroomError, match="another than it was"):
        other.members.apply_import(EXPORT, previewed, sync=False, removes=0, by=admin)


def restore_an_older_backup(machines: Machines, services: Services) -> None:
    """What pg_restore leaves: the rows of then, and the table of the list of then."""
    store_of(services).execute("DELETE FROM erasures")
    add_ida(services)


def test_after_a_restore_the_first_start_on_any_machine_erases_again(machines: Machines) -> None:
    one, other = machines.start("one"), machines.start("other")
    add_ida(one)
    one.own_data.erase(IDA, "operator")
    other.erased_elsewhere.catch_up()
    restore_an_older_backup(machines, one)
    one.close()
    other.close()
    assert IDA in machines.file("other").read_text()
    again = machines.start("other")
    assert not is_here(again)
    shutil.rmtree(machines.folder / "one")
    assert not is_here(machines.start("one"))
    assert IDA in machines.file("one").read_text()


def test_a_database_that_is_an_older_one_beneath_the_running_replicas_is_erased_again(machines: Machines) -> None:
    """As after a failover to a standby that lacked the latest commits: the links were cut meanwhile."""
    one, other = machines.start("one"), machines.start("other")
    add_ida(one)
    one.own_data.erase(IDA, "operator")
    restore_an_older_backup(machines, one)
    with store_of(one).connection() as connection:  # type: ignore[attr-defined]
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 "
            "AND objid = hashtext(current_schema() || ' one')::oid",
            [replica_link.NAME_LOCK],
        )
    until(lambda: one.erased_elsewhere.due)
    before = other.copies.generation
    one.erased_elsewhere.catch_up()
    assert not is_here(one)
    until(lambda: other.copies.generation > before)


def test_a_start_during_an_erasure_waits_for_it_and_knows_of_it(machines: Machines) -> None:
    one = machines.start("one")
    add_ida(one)
    settings = settings_for(machines.folder / "x", **machines.settings("x"))
    erasures = Erasures.of(settings, Replica("x", shared=True))
    with store_of(one).transaction() as transaction:
        (machines.folder / "x").mkdir()
        erase_client(transaction, erasures, ids_of(transaction, IDA), actor="operator", now=NOON)
        # Nobody knows of it before it is done: the list is as the rows are.
        assert listed(one) == []
    assert IDA in str(listed(machines.start("other")))


def test_nothing_is_erased_where_the_file_or_the_table_cannot_be_written(machines: Machines) -> None:
    one = machines.start("one")
    add_ida(one)
    machines.file("one").mkdir()
    with pytest.raises(StoreError, match="nothing was erased"):
        one.own_data.erase(IDA, "operator")
    machines.file("one").rmdir()
    store_of(one).execute("ALTER TABLE erasures ADD CONSTRAINT full_disk CHECK (place < 0) NOT VALID")
    with pytest.raises(StoreError, match="nothing was erased"):
        one.own_data.erase(IDA, "operator")
    assert is_here(one)
    assert not machines.file("one").exists(), "the file has nothing that the table lacks"


def test_an_operator_erases_beside_running_replicas(machines: Machines) -> None:
    one = machines.start("one")
    add_ida(one)
    before = one.copies.generation
    settings = settings_for(machines.folder / "command", **machines.settings("command"))
    settings.beside.parent.mkdir()
    with closing(PostgresStore(machines.database)) as store:
        migrate(store, NOON)
        with store.transaction() as transaction:
            erasures = Erasures.of(settings, command_replica(shared=True))
            erase_client(transaction, erasures, ids_of(transaction, IDA), actor="operator", now=NOON)
    until(lambda: one.copies.generation > before)
    assert listed(one) == [IDA]


def test_files_and_numbers_made_before_go_at_every_replica(machines: Machines) -> None:
    one, other = machines.start("one"), machines.start("other")
    add_ida(one)
    both = (one, other)
    made = [each.downloads.offer(ANALYST, "all.csv", lambda path: path.write_text("x"))[0] for each in both]
    before = [each.copies.generation for each in both]
    one.own_data.erase(IDA, "operator")
    until(lambda: all(each.copies.generation > then for each, then in zip(both, before, strict=True)))
    assert not any(each.downloads.find(download.id, ANALYST) for each, download in zip(both, made, strict=True))
    assert not any(download.path.exists() for download in made)


def test_numbers_are_made_anew_once_the_mirror_has_followed(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "MIRROR_EVERY_SECONDS", 0.01)
    one, other = machines.start("one"), machines.start("other")
    add_ida(one)
    stop, following = threading.Event(), threading.Event()
    refresh = other.mirror.refresh  # type: ignore[union-attr]

    def refresh_when_told() -> None:
        if following.is_set():
            refresh()
        else:
            raise StoreError("The line is slow.")

    monkeypatch.setattr(other.mirror, "refresh", refresh_when_told)
    thread = threading.Thread(target=mirror_database, args=(other, stop))
    thread.start()
    try:
        before = other.copies.generation
        one.own_data.erase(IDA, "operator")
        until(lambda: other.copies.generation == before + 1)
        following.set()
        until(lambda: other.copies.generation == before + 2)
    finally:
        stop.set()
        thread.join()


def test_doctor_tells_where_the_database_lacks_what_this_machine_knows(machines: Machines) -> None:
    one = machines.start("one")
    add_ida(one)
    one.own_data.erase(IDA, "operator")
    assert not told(one)
    restore_an_older_backup(machines, one)
    assert told(one) == [Level.BROKEN]


def told(services: Services) -> list[Level]:
    """What doctor says of the list."""
    found = doctor._open_database(store_of(services), services.settings, NOON, running=True)
    return [each.level for each in found if "this machine's list of erasures" in each.text]
