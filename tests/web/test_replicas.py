"""Several coachrooms on one PostgreSQL, each a process of its own: nothing twice, nothing lost, no session ended.

This process is one more replica, which prepares rooms and looks into the database.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from coachroom.app.container import Services
from coachroom.cli.control.client import ask_running_app
from coachroom.cli.control.frames import sockets_of
from coachroom.errors import MISTAKE, TRY_AGAIN, StoreError
from coachroom.postgres_address import PostgresAddress
from coachroom.rooms.states import Session
from coachroom.store.replica_link import NAME_LOCK
from tests.cli.test_run import MOVED
from tests.databases import new_postgres, postgres_socket, postgres_url
from tests.journeys.wire import WireOfFiles
from tests.open_server import until
from tests.server import ROOT, LiveServer, start_server
from tests.services import body, enter, opened, report_token, said, status, store_of
from tests.web.tabs import Tab, sign_in_cookie, tab, titles

CLIENTS = 200
# A provider that is nowhere: no call begins here.
PROVIDER = {
    "agent_provider": "elevenlabs",
    "elevenlabs_api_key": "a-key",
    "elevenlabs_url": "http://127.0.0.1:9",
    "development_sign_in": True,
}
GRACE = 2
ENTER_ALL = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from coachroom.postgres_address import PostgresAddress
from tests.services import opened
from tests.web.test_replicas import PROVIDER

folder, address, name, clients = sys.argv[1:]

def open_and_enter(number):
    client = f"client-{number}"
    services.rooms.give_consent(client)
    room = services.rooms.create(client)
    services.sessions.enter(room.id, client, f"tab-{number}")

given = {"database": PostgresAddress.read(address), "replica": name, **PROVIDER}
with opened(Path(folder), **given) as services, ThreadPoolExecutor(32) as pool:
    print("ready", flush=True)
    sys.stdin.readline()
    list(pool.map(open_and_enter, range(int(clients))))
    print("done", flush=True)
"""


@dataclass
class House:
    """The database of a test, and how replicas on it are started."""

    folder: Path
    address: PostgresAddress
    services: Services
    started: ExitStack

    @property
    def url(self) -> str:
        return postgres_url(schema=str(self.address.schema))

    def wire(self) -> tuple[WireOfFiles, str]:
        """A way to the database that can be cut, and the address by which a replica goes it."""
        folder = Path(self.started.enter_context(tempfile.TemporaryDirectory()))
        wire = WireOfFiles(folder / ".s.PGSQL.5432", postgres_socket() / ".s.PGSQL.5432")
        self.started.callback(wire.close)
        return wire, postgres_url(schema=str(self.address.schema), host=str(folder))

    def start(self, name: str, **settings: str) -> LiveServer:
        """A replica of this name."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        given = {
            "COACHROOM_DATABASE": self.url,
            "COACHROOM_DATA_DIR": str(folder),
            "COACHROOM_REPLICA": name,
            "COACHROOM_AGENT_PROVIDER": "elevenlabs",
            "ELEVENLABS_API_KEY": "a-key",
            "COACHROOM_ELEVENLABS_URL": "http://127.0.0.1:9",
            "COACHROOM_DEVELOPMENT_SIGN_IN": "true",
            "COACHROOM_SELF_VIEW": "local",
            "COACHROOM_GRACE_SECONDS": str(GRACE),
        }
        server = start_server(folder, given | settings)
        self.started.callback(server.kill)
        return server

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        return store_of(self.services).execute(sql, list(parameters))

    def seat(self, session: Session) -> str:
        """The replica that has the seat."""
        ((seat,),) = self.rows("SELECT seat FROM sessions WHERE id = $1", session.id)
        return str(seat).partition(":")[0]

    def state(self, session: Session) -> str:
        ((state,),) = self.rows("SELECT status FROM sessions WHERE id = $1", session.id)
        return str(state)

    def words(self, session: Session) -> list[str]:
        sql = "SELECT message FROM conversations WHERE session_id = $1 ORDER BY seq"
        return [message for (message,) in self.rows(sql, session.id)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    address = new_postgres()
    with ExitStack() as started, opened(tmp_path, database=address, replica="test", **PROVIDER) as services:
        # It does no background work, so it must not lead.
        assert services.link is not None
        services.link.close()
        yield House(tmp_path, address, services, started)


@dataclass
class Page:
    """What the page of a room does with its events: it keeps each until it is acknowledged, by whatever server."""

    session: Session
    token: str
    acknowledged: int = 0

    def report(self, servers: Sequence[LiveServer], *events: dict[str, Any]) -> None:
        """Sends to the first server, and where it does not answer to the next."""
        for server in servers:
            try:
                answer = httpx.post(
                    f"{server.url}/room/{self.session.room_id}/events",
                    content=body(*events, token=self.token),
                    headers={"origin": server.url},
                    timeout=20,
                )
            except httpx.HTTPError:
                continue
            if answer.status_code == 200:
                self.acknowledged = answer.json()["ack"]
                return
        raise AssertionError("no server took it")


def begin(house: House) -> Page:
    session = enter(house.services)
    return Page(session, report_token(house.services, session))


@contextmanager
def room_page(house: House, server: LiveServer, session: Session) -> Iterator[Tab]:
    """The room's page at this server, which takes the seat as after a reload."""

    @dataclass
    class There:
        origin = server.url
        port = int(server.url.rpartition(":")[2])

    ((email,),) = house.rows("SELECT email FROM members WHERE client_id = $1", session.client_id)
    with tab(There(), sign_in_cookie(house.services, email)) as page:  # type: ignore[arg-type]
        assert titles(page.run("Room", f"room={session.room_id}")) == ["Your room"]
        yield page


def test_clients_who_open_their_rooms_at_the_same_moment_have_one_room_and_one_session_each(house: House) -> None:
    command = [sys.executable, "-c", ENTER_ALL, str(house.folder), house.url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    replicas = [subprocess.Popen([*command, name, str(CLIENTS)], **pipes) for name in ("one", "two")]
    try:
        for replica in replicas:
            assert replica.stdout is not None
            assert replica.stdout.readline() == "ready\n"
        for replica in replicas:
            assert replica.stdin is not None
            replica.stdin.write("go\n")
            replica.stdin.flush()
        for replica in replicas:
            assert replica.communicate(timeout=300)[0] == "done\n"
    finally:
        for replica in replicas:
            replica.kill()
            replica.wait()
    sql = "SELECT count(*), count(DISTINCT client_id), count(DISTINCT room_id) FROM sessions"
    assert house.rows(sql + " WHERE status = 'waiting'") == [(CLIENTS, CLIENTS, CLIENTS)]
    assert house.rows("SELECT count(*) FROM rooms") == [(CLIENTS,)]


def test_a_page_that_reports_to_both_in_turn_and_to_one_that_is_killed_loses_no_acknowledged_word(
    house: House,
) -> None:
    one, two = house.start("one"), house.start("two")
    page = begin(house)
    with room_page(house, one, page.session) as first:
        assert house.seat(page.session) == "one"
        page.report([one], status(1, "connected"))
        for n in range(2, 22):
            page.report([one] if n % 2 else [two], said(n, f"words {n}"))
            assert page.acknowledged == n
        with room_page(house, two, page.session):
            assert house.seat(page.session) == "two"
            assert titles(first.next_run()) == ["Your room is open in another window"]
            one.kill()
            for n in range(22, 42):
                page.report([one, two] if n % 2 else [two, one], said(n, f"words {n}"))
            assert house.words(page.session) == [f"words {n}" for n in range(2, 42)]
            assert house.state(page.session) == "active"
        two.kill()
    # Nobody comes back; another replica ends it, though its own replica never will.
    house.start("three")
    until(lambda: house.state(page.session) == "abandoned", 60)
    assert house.rows("SELECT end_reason FROM sessions") == [("server_stopped",)]


def test_a_rolling_restart_ends_no_session(house: House) -> None:
    drains = {"COACHROOM_DRAIN_SECONDS": "2", "COACHROOM_GRACE_SECONDS": "60"}
    servers = {name: house.start(name, **drains) for name in ("one", "two")}
    page = begin(house)
    page.report([servers["one"]], status(1, "connected"))
    n = 1
    for leaving, staying in (("one", "two"), ("two", "one")):
        with room_page(house, servers[leaving], page.session) as here:
            assert house.seat(page.session) == leaving
            servers[leaving].process.send_signal(signal.SIGTERM)
            until(lambda server=servers[leaving]: httpx.get(f"{server.url}/healthz").status_code == 503)
            n += 1
            # A page that is not moved yet goes on as before.
            page.report([servers[leaving]], said(n, f"words {n}"))
            with pytest.raises(ConnectionClosed):
                while True:
                    here.next_run()
        with room_page(house, servers[staying], page.session):
            assert house.seat(page.session) == staying
            servers[leaving].process.wait(30)
            n += 1
            page.report([servers[leaving], servers[staying]], said(n, f"words {n}"))
            servers[leaving] = house.start(leaving, **drains)
    assert house.state(page.session) == "active"
    assert house.words(page.session) == [f"words {each}" for each in range(2, n + 1)]


def test_a_replica_that_is_cut_off_lets_its_pages_go_and_does_no_harm_once_it_is_back(house: House) -> None:
    wire, cuttable = house.wire()
    lasting = {"COACHROOM_GRACE_SECONDS": "60"}
    one, two = house.start("one", COACHROOM_DATABASE=cuttable, **lasting), house.start("two", **lasting)
    page = begin(house)
    with room_page(house, one, page.session) as here:
        assert house.seat(page.session) == "one"
        page.report([one], status(1, "connected"), said(2, "words 2"))
        wire.cut()
        page.report([one, two], said(3, "words 3"))
        with pytest.raises(ConnectionClosed):
            while True:
                here.next_run(60)
    with room_page(house, two, page.session):
        assert house.seat(page.session) == "two"
        wire.mend()
        until(lambda: httpx.get(f"{one.url}/healthz").status_code == 200)
        page.report([one], said(4, "words 4"))
        page.report([two], said(5, "words 5"))
        assert house.seat(page.session) == "two"
    assert house.state(page.session) == "active"
    assert house.words(page.session) == [f"words {n}" for n in range(2, 6)]


def test_what_must_be_alone_ends_where_another_came_while_it_was_cut_off(house: House) -> None:
    wire, cuttable = house.wire()
    alone = {"COACHROOM_AGENT_PROVIDER": "practice", "ELEVENLABS_API_KEY": "", "COACHROOM_DRAIN_SECONDS": "1"}
    one = house.start("one", COACHROOM_DATABASE=cuttable, **alone)
    wire.cut()
    two = house.start("two")
    wire.mend()
    assert one.process.wait(60) == TRY_AGAIN
    (sentence,) = [line for line in one.log.read_text().splitlines() if "coachroom ends" in line]
    assert "The practice coach works in one process alone" in sentence
    assert httpx.get(f"{two.url}/healthz").status_code == 200


def test_where_the_database_was_moved_away_meanwhile_it_ends_and_is_not_to_come_back(house: House) -> None:
    one = house.start("one", COACHROOM_DRAIN_SECONDS="1")
    two = house.start("two", COACHROOM_DRAIN_SECONDS="600")
    house.rows(MOVED)
    house.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND pid IN "
        "(SELECT pid FROM pg_stat_activity WHERE application_name = current_setting('application_name'))",
        NAME_LOCK,
    )
    assert one.process.wait(60) == MISTAKE
    assert "was moved to elsewhere" in one.log.read_text()
    # Whoever stops one that ends already is told that it was stopped.
    until(lambda: "coachroom ends" in two.log.read_text())
    two.process.send_signal(signal.SIGTERM)
    assert two.process.wait(60) == -signal.SIGTERM


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A socket's path may have some 100 bytes, which a test's own folder takes."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def test_each_replica_of_a_machine_takes_commands_and_one_that_was_killed_is_passed_by(
    short_folder: Path, house: House, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    one, two = (house.start(name, COACHROOM_DATA_DIR=str(short_folder)) for name in ("one", "two"))
    given = {"COACHROOM_DATABASE": house.url, "COACHROOM_DATA_DIR": str(short_folder)}
    for variable, value in {**one.variables, **given}.items():
        monkeypatch.setenv(variable, value)

    def answered_by(name: str) -> str:
        monkeypatch.setenv("COACHROOM_REPLICA", name)
        assert ask_running_app(["doctor"]) is not None
        (line,) = re.findall(rb"^\* COACHROOM_REPLICA +(.*)$", capsysbinary.readouterr().out, re.MULTILINE)
        return str(line.decode())

    database = short_folder / "coachroom.postgresql"
    assert [path.name.rpartition(".")[2] for path in until(lambda: both(sockets_of(database)))] == ["one", "two"]
    assert [answered_by(name) for name in ("one", "two", "three")] == ["one", "two", "one"]
    one.kill()
    assert answered_by("one") == "two"
    two.stop()
    assert ask_running_app(["doctor"]) is None
    assert len(sockets_of(database)) == 1
    house.start("two", COACHROOM_DATA_DIR=str(short_folder))
    until(lambda: [path.name.rpartition(".")[2] for path in sockets_of(database)] == ["two"])


def both(paths: list[Path]) -> list[Path]:
    return paths if len(paths) == 2 else []


@pytest.mark.parametrize(
    ("beside", "sentence"),
    [
        ({"agent_provider": "practice"}, "The practice coach works in one process alone"),
        ({**PROVIDER, "live_coach": True}, "Human coaches join sessions in one process alone"),
    ],
)
def test_what_is_in_the_memory_of_one_process_starts_beside_no_other(
    tmp_path: Path, beside: dict[str, Any], sentence: str
) -> None:
    address = new_postgres()
    with (
        opened(tmp_path, database=address, replica="one", **PROVIDER),
        pytest.raises(StoreError, match=sentence),
        opened(tmp_path, database=address, replica="two", **beside),
    ):
        pass
    with (
        opened(tmp_path, database=address, replica="two", **beside),
        pytest.raises(StoreError, match="that can have no other beside it"),
        opened(tmp_path, database=address, replica="one", **PROVIDER),
    ):
        pass
