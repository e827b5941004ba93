"""A real coachroom in a process of its own, on a free port of loopback, stopped by whoever started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from coachroom.clock import utc_now
from coachroom.demo.community import seed_small_community
from coachroom.postgres_address import PostgresAddress
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.moving import move
from coachroom.store.opening import open_store
from coachroom.store.postgres import MOVING, PostgresStore
from coachroom.store.store import Engine
from coachroom.store.writer import Writer
from tests.databases import ENGINE, database_in, setting_of

ROOT = Path(__file__).resolve().parents[1]
# In a fresh environment on a busy machine the first start takes minutes: every module is compiled then.
START_SECONDS = 300
STOP_SECONDS = 20
COOKIE_SECRET = "a-secret-for-tests-of-more-than-32-characters"
# Enough of the log for where every thread stood.
LOG_SHOWN = 20_000
# A journey or a bench takes more from one client in an hour than a client may have in a day.
NO_CLIENT_BUDGET = {f"COACHROOM_CLIENT_{kind}_PER_DAY": "unlimited" for kind in ("MINUTES", "CALLS", "ADDRESSES")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class LiveServer:
    """A running server: its address, its database file and its process."""

    url: str
    folder: Path
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def database(self) -> Path:
        """Its file; on PostgreSQL there is none, and what lies beside it has other names."""
        return self.folder / "coachroom.duckdb"

    @property
    def beside(self) -> Path:
        """What stands where the database's file does, or would."""
        return self.folder / "coachroom.postgresql" if ENGINE is Engine.POSTGRESQL else self.database

    @property
    def variables(self) -> dict[str, str]:
        """By which a command finds its database."""
        return {
            "COACHROOM_DATABASE": setting_of(database_in(self.folder)),
            "COACHROOM_DATA_DIR": str(self.folder),
            "COACHROOM_COOKIE_SECRET": COOKIE_SECRET,
        }

    def stop(self) -> None:
        """Asks it to stop and waits until everything is written."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                # Its threads then write into the log where they stand.
                self.process.send_signal(signal.SIGABRT)
                self.process.wait()
                raise AssertionError(f"the server did not stop:\n{self.log.read_text()[-LOG_SHOWN:]}") from None

    def kill(self) -> None:
        """Kills it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def rows(self, sql: str, *parameters: object) -> list[tuple]:
        """Rows of the stopped server's database."""
        with closing(open_store(self.database if self.database.exists() else database_in(self.folder))) as store:
            return store.execute(sql, parameters)


def start_server(
    folder: Path,
    settings: Mapping[str, str] | None = None,
    port: int | None = None,
    command: Sequence[str] = ("-m", "coachroom", "run"),
) -> LiveServer:
    """Starts the server with its data in `folder` and waits until rooms can be entered."""
    port = port or free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COACHROOM_")}
    environment.pop("ELEVENLABS_API_KEY", None)
    environment |= {
        "PYTHONFAULTHANDLER": "1",
        "COACHROOM_PORT": str(port),
        "COACHROOM_DATABASE": setting_of(database_in(folder)),
        "COACHROOM_DATA_DIR": str(folder),
        "COACHROOM_DEMO_COMMUNITY": "false",
        "COACHROOM_COOKIE_SECRET": COOKIE_SECRET,
        # All tests come from one address.
        "COACHROOM_SIGN_INS_A_MINUTE": "10000",
        "COACHROOM_ANONYMOUS_PAGES_A_MINUTE": "10000",
        "COACHROOM_MAX_ANONYMOUS_PAGES": "500",
        **NO_CLIENT_BUDGET,
        **(settings or {}),
    }
    if ENGINE is Engine.POSTGRESQL and environment["COACHROOM_DEMO_COMMUNITY"] == "true":
        environment["COACHROOM_DEMO_COMMUNITY"] = "false"
        _carry_community_over(folder)
    log = folder / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    server = LiveServer(f"http://localhost:{port}", folder, log, process)
    try:
        wait_until_healthy(server)
    except BaseException:
        server.kill()
        raise
    return server


def _carry_community_over(folder: Path) -> None:
    """The demo community is made in a file; into a database that is there already it is not made anew."""
    database = database_in(folder)
    assert isinstance(database, PostgresAddress)
    with closing(PostgresStore(database, purpose=MOVING)) as target:
        if target.execute("SELECT 1 FROM members LIMIT 1"):
            return
        file = folder / "community.duckdb"
        with closing(DuckStore(file)) as made, closing(Writer(made)) as writer:
            migrate(made, utc_now())
            seed_small_community(made, writer, utc_now())
            move(made, target, utc_now(), lambda table, rows: None)
        file.unlink()


@contextmanager
def running_server(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[LiveServer]:
    server = start_server(folder, settings)
    try:
        yield server
    finally:
        server.stop()


def wait_until_healthy(server: LiveServer) -> None:
    """Waits until rooms can be entered."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise AssertionError(f"the server stopped at once:\n{server.log.read_text()}")
        try:
            if httpx.get(f"{server.url}/healthz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the server did not become healthy:\n{server.log.read_text()}")
