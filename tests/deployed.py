"""The files of deploy/ at work, with ports, folders, accounts and certificates of this machine in their place.

PostgreSQL, two replicas, haproxy and Caddy, each started again when it dies, as its unit says. One replica can be
given a network of its own, so that its way to the database can be cut.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import psutil
import psycopg

from coachroom.store.replica_link import LEADER_LOCK
from tests.certificates import Certificate, make_certificate
from tests.postgres_cluster import USER, make_cluster, postgres_here
from tests.proxies import changed
from tests.server import LOG_SHOWN, ROOT, free_port

DEPLOY = ROOT / "deploy"
SECRET = "a-secret-for-tests-of-more-than-32-characters"
ACCOUNT = "coachroom"
START_SECONDS = 300
STOP_SECONDS = 60
# systemd's own, where a unit says none.
RESTART_S = 0.1
# What systemd takes for the end that was wanted.
CLEAN = frozenset({0, -signal.SIGHUP, -signal.SIGINT, -signal.SIGTERM, -signal.SIGPIPE})


# -- what the files say ----------------------------------------------------------------------------------


def text_of(name: str, *changes: tuple[str, str]) -> str:
    return changed((DEPLOY / name).read_text(encoding="utf-8"), *changes)


def values_in(text: str) -> dict[str, str]:
    """NAME=value of each line, as systemd reads a file of settings."""
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "["))]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


@dataclass(frozen=True)
class Unit:
    """What a unit starts, with which settings, and after how long again."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    restart_s: float
    never_after: frozenset[int]


def unit_of_replica(port: int, data: Path) -> Unit:
    """The replicas' unit for this port, as systemd would read it, with our Python and our folder for data."""
    text = (
        text_of(
            "coachroom@.service",
            ("/opt/coachroom/.venv/bin/python", sys.executable),
            ("WorkingDirectory=/opt/coachroom", f"WorkingDirectory={ROOT}"),
            ("/var/lib/coachroom", str(data)),
        )
        .replace("%i", str(port))
        .replace("%H", "here")
    )
    given = re.findall(r"^Environment=(\w+)=(.*)$", text, re.MULTILINE)
    said = values_in(text)
    assert said["WorkingDirectory"] == str(ROOT)
    assert said["EnvironmentFile"] == "/etc/coachroom/coachroom.env"
    assert said["Restart"] == "on-failure"
    # Otherwise systemd gives up after five starts within ten seconds.
    assert said["StartLimitIntervalSec"] == "0"
    never_after = frozenset(map(int, said["RestartPreventExitStatus"].split()))
    return Unit(tuple(shlex.split(said["ExecStart"])), dict(given), float(said["RestartSec"]), never_after)


def settings_file(origin: str, database_host: str, backup_key: str) -> str:
    """deploy/coachroom.env with what its operator fills in."""
    nowhere = "http://127.0.0.1:9"
    return text_of(
        "coachroom.env",
        ("https://coach.example.com", origin),
        ("host=/var/run/postgresql", f"host={database_host}"),
        ("COACHROOM_COOKIE_SECRET=\n", f"COACHROOM_COOKIE_SECRET={SECRET}\n"),
        ("OIDC_CLIENT_ID=\n", "OIDC_CLIENT_ID=coachroom\n"),
        ("OIDC_CLIENT_SECRET=\n", "OIDC_CLIENT_SECRET=a-secret-between-us-and-the-provider\n"),
        ("METADATA_URL=\n", f"METADATA_URL={nowhere}/.well-known/openid-configuration\n"),
        # A coach that is nowhere: nothing leaves this machine.
        ("ELEVENLABS_API_KEY=\n", f"ELEVENLABS_API_KEY=a-key\nCOACHROOM_ELEVENLABS_URL={nowhere}\n"),
        ("COACHROOM_WEBHOOK_SECRET=\n", "COACHROOM_WEBHOOK_SECRET=whsec-of-tests\n"),
        ("COACHROOM_METRICS_TOKEN=\n", "COACHROOM_METRICS_TOKEN=a-token-of-tests\n"),
        ("COACHROOM_TURN_SECRET=\n", "COACHROOM_TURN_SECRET=a-turn-secret-of-tests\n"),
        ("COACHROOM_BACKUP_KEY=\n", f"COACHROOM_BACKUP_KEY={backup_key}\n"),
    )


# -- programs that are started again ---------------------------------------------------------------------


def comes_back(status: int | None, never_after: Collection[int] = ()) -> bool:
    """Whether systemd starts a unit with Restart=on-failure again, whose process ended so, or goes on (None)."""
    return status is not None and status not in CLEAN and status not in never_after


@dataclass
class Part:
    """One program of the deployment."""

    name: str
    command: Sequence[str | Path]
    log: Path
    is_ready: Callable[[], bool]
    restart_s: float
    environment: Mapping[str, str] | None = None
    user: str | None = None
    never_after: frozenset[int] = frozenset()
    wanted: bool = False
    starts: int = 0
    process: subprocess.Popen[bytes] | None = None
    _died_at: float | None = None

    def start(self) -> None:
        """Starts it; whoever needs it waits by `ready`."""
        self.wanted, self._died_at = True, None
        self.starts += 1
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(each) for each in self.command],
                cwd=ROOT if self.user is None else "/",
                env=None if self.environment is None else dict(self.environment),
                user=self.user,
                group=self.user,
                stdout=output,
                stderr=output,
            )

    def look(self) -> None:
        """Starts it again where it failed and its time has come."""
        if not self.wanted or self.process is None or not comes_back(self.process.poll(), self.never_after):
            return
        now = time.monotonic()
        if self._died_at is None:
            self._died_at = now
        if now - self._died_at >= self.restart_s:
            self.start()

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            assert time.monotonic() < deadline, f"{self.name} is not ready:\n{self.log.read_text()[-LOG_SHOWN:]}"
            time.sleep(0.1)

    def signal(self, number: int) -> None:
        """To it alone, or where it is killed to its children too, as in a power cut."""
        assert self.process is not None
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            root = psutil.Process(self.process.pid)
            family = [*root.children(recursive=True), root] if number == signal.SIGKILL else [root]
            for each in reversed(family):
                with suppress(psutil.NoSuchProcess):
                    each.send_signal(number)

    def stop(self) -> None:
        """Asks it to end, and waits."""
        self.wanted = False
        if self.process is None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.process.wait()


# -- the whole -------------------------------------------------------------------------------------------


@dataclass
class Deployment:
    """Everything that runs, and how to reach it."""

    folder: Path
    origin: str
    tls: Certificate
    database: Part
    replicas: tuple[Part, Part]
    haproxy: Part
    caddy: Part
    environment: Mapping[str, str]
    database_host: str
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.database, *self.replicas, self.haproxy, self.caddy)

    @property
    def context(self) -> ssl.SSLContext:
        return self.tls.context()

    def address(self, database: str = ACCOUNT) -> str:
        return f"postgresql://{ACCOUNT}@/{database}?host={self.database_host}"

    def rows(self, sql: str, *parameters: object, user: str = ACCOUNT, database: str = ACCOUNT) -> list[Any]:
        with psycopg.connect(host=self.database_host, user=user, dbname=database, autocommit=True) as connection:
            cursor = connection.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def leader(self) -> Part:
        """The replica whose connection has the leader's lock; where the first one has a network of its own."""
        sql = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND granted"
        deadline = time.monotonic() + START_SECONDS
        while not (found := self.rows(sql, LEADER_LOCK, user=USER)):
            assert time.monotonic() < deadline, "no replica leads"
            time.sleep(0.2)
        return next(each for each in self.replicas if found[0][0] in self.backends_of(each))

    def backends_of(self, replica: Part) -> set[int]:
        """PostgreSQL's processes that serve this replica, told apart by the network of the first one."""
        sql = (
            "SELECT pid FROM pg_stat_activity WHERE usename = %s AND backend_type = 'client backend' "
            f"AND client_addr IS {'NOT ' if replica is self.replicas[0] else ''}NULL"
        )
        return {pid for (pid,) in self.rows(sql, ACCOUNT, user=USER)}

    def watch(self) -> None:
        while not self._stop.wait(0.05):
            for each in self.parts:
                each.look()

    def close(self) -> None:
        self._stop.set()
        for each in reversed(self.parts):
            each.stop()


@contextmanager
def deployed(
    folder: Path,
    *,
    own_network: OwnNetwork | None = None,
    backup_key: str = "",
    of_first: Mapping[str, str] = MappingProxyType({}),
    settings: Mapping[str, str] = MappingProxyType({}),
    log_file_mb: int = 16,
) -> Iterator[Deployment]:
    """Everything started and ready. `settings` are those of both replicas beside deploy/coachroom.env.

    `of_first`: what only the first one has in its environment. `log_file_mb`: each file of PostgreSQL's log.
    """
    with ExitStack() as running:
        deployment = _make(folder, own_network, backup_key, settings, log_file_mb)
        first = deployment.replicas[0]
        first.environment = {**(first.environment or {}), **of_first}
        running.callback(deployment.close)
        if own_network is not None:
            running.enter_context(own_network.made())
        _start_database(deployment)
        threading.Thread(target=deployment.watch, daemon=True, name="watch").start()
        for each in deployment.parts[1:]:
            each.start()
        for each in deployment.parts:
            each.wait_until_ready()
        yield deployment


@dataclass(frozen=True)
class OwnNetwork:
    """The first replica in a network namespace: one wire to the database, one to haproxy; only root makes one."""

    name: str
    number: int

    @property
    def database(self) -> str:
        return f"10.77.{self.number}.1"

    @property
    def replica_to_database(self) -> str:
        return f"10.77.{self.number}.2"

    @property
    def proxy(self) -> str:
        return f"10.78.{self.number}.1"

    @property
    def replica(self) -> str:
        return f"10.78.{self.number}.2"

    def inside(self, *command: str) -> list[str]:
        return ["ip", "netns", "exec", self.name, *command]

    @contextmanager
    def made(self) -> Iterator[None]:
        def run(*command: str) -> None:
            subprocess.run(command, check=True, capture_output=True)

        run("ip", "netns", "add", self.name)
        try:
            for wire, (here, there) in {
                "d": (self.database, self.replica_to_database),
                "p": (self.proxy, self.replica),
            }.items():
                ours, theirs = f"{wire}{self.number}h", f"{wire}{self.number}r"
                run("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", self.name)
                run("ip", "address", "add", f"{here}/24", "dev", ours)
                run("ip", "link", "set", ours, "up")
                run(*self.inside("ip", "address", "add", f"{there}/24", "dev", theirs))
                run(*self.inside("ip", "link", "set", theirs, "up"))
            run(*self.inside("ip", "link", "set", "lo", "up"))
            yield
        finally:
            subprocess.run(["ip", "netns", "delete", self.name], check=False, capture_output=True)

    def cut(self, *, to_database: bool, from_database: bool) -> None:
        """Lets packets go to a card that is not there; what goes the other way still arrives."""
        if to_database:
            device = f"d{self.number}r"
            nowhere = ["ip", "neigh", "replace", self.database, "lladdr", "02:00:00:00:00:99", "nud", "permanent"]
            subprocess.run(self.inside(*nowhere, "dev", device), check=True)
        if from_database:
            nowhere = ["ip", "neigh", "replace", self.replica_to_database, "lladdr", "02:00:00:00:00:99"]
            subprocess.run([*nowhere, "nud", "permanent", "dev", f"d{self.number}h"], check=True)

    def mend(self) -> None:
        for command in (
            self.inside("ip", "neigh", "del", self.database, "dev", f"d{self.number}r"),
            ["ip", "neigh", "del", self.replica_to_database, "dev", f"d{self.number}h"],
        ):
            subprocess.run(command, check=False, capture_output=True)


def _make(
    folder: Path, own: OwnNetwork | None, backup_key: str, settings: Mapping[str, str], log_file_mb: int
) -> Deployment:
    # The database's account goes through it.
    folder.chmod(0o711)
    tls = make_certificate(folder)
    port, proxy_port, first, second = (free_port() for _ in range(4))
    origin = f"https://localhost:{port}"
    data = folder / "var"
    data.mkdir(exist_ok=True)
    database, host = _database(folder, None if own is None else own.database, log_file_mb)
    given = values_in(settings_file(origin, host, backup_key))
    at_first = "127.0.0.1" if own is None else own.replica

    def replica(name: str, address: str, number: int, apart: OwnNetwork | None) -> Part:
        unit = unit_of_replica(number, data)
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("COACHROOM_", "PG"))},
            "PGUSER": ACCOUNT,
            **given,
            **unit.environment,
            **settings,
        }
        command = list(unit.command)
        if apart is not None:
            command = apart.inside(*command)
            reached = given["COACHROOM_DATABASE"].replace(f"host={host}", f"host={apart.database}")
            environment |= {
                "COACHROOM_DATABASE": reached,
                "COACHROOM_ADDRESS": address,
                "COACHROOM_TRUSTED_PROXIES": f"127.0.0.1, {apart.proxy}",
            }

        def is_ready() -> bool:
            try:
                return httpx.get(f"http://{address}:{number}/healthz", timeout=2).status_code == 200
            except httpx.HTTPError:
                return False

        return Part(
            name, command, folder / f"{name}.log", is_ready, unit.restart_s, environment, never_after=unit.never_after
        )

    replicas = (replica("r1", at_first, first, own), replica("r2", "127.0.0.1", second, None))
    haproxy = _haproxy(folder, proxy_port, f"{at_first}:{first}", f"127.0.0.1:{second}")
    caddy = _caddy(folder, port, proxy_port, tls)
    environment = {**os.environ, "PGUSER": ACCOUNT, **given}
    return Deployment(folder, origin, tls, database, replicas, haproxy, caddy, environment, host)


def _database(folder: Path, address: str | None, log_file_mb: int) -> tuple[Part, str]:
    binaries, owner = postgres_here()
    place = folder / "database"
    place.mkdir(exist_ok=True)
    make_cluster(binaries, place, owner, f"--wal-segsize={log_file_mb}")
    data = place / "data"
    # As Debian's conf.d does.
    (data / "coachroom.conf").write_text(text_of("postgresql.conf"), encoding="utf-8")
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude 'coachroom.conf'\n")
    if address is not None:
        with (data / "pg_hba.conf").open("a", encoding="utf-8") as file:
            file.write(f"host all all {address}/24 trust\n")
    if owner is not None:
        shutil.chown(data / "coachroom.conf", owner)
    options = {"unix_socket_directories": str(place), "listen_addresses": address or "", "port": "5432"}
    command: list[str | Path] = [binaries / "postgres", "-D", data]
    command += (f"--{key}={value}" for key, value in options.items())

    def is_ready() -> bool:
        try:
            psycopg.connect(host=str(place), user=USER, dbname="postgres", connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    log = folder / "database.log"
    restart_s = float(values_in(text_of("restart.conf"))["RestartSec"])
    return Part("database", command, log, is_ready, restart_s, user=owner), str(place)


def _start_database(deployment: Deployment) -> None:
    deployment.database.start()
    deployment.database.wait_until_ready()
    for statement in (f"CREATE ROLE {ACCOUNT} LOGIN", f"CREATE DATABASE {ACCOUNT} OWNER {ACCOUNT}"):
        deployment.rows(statement, user=USER, database="postgres")


def _listens(port: int) -> Callable[[], bool]:
    def is_ready() -> bool:
        return any(
            each.laddr.port == port and each.status == psutil.CONN_LISTEN for each in psutil.net_connections("tcp")
        )

    return is_ready


def haproxy_config(folder: Path, port: int, first: str, second: str, *changes: tuple[str, str]) -> Path:
    """Ours in that folder, for a proxy at the port and two replicas at their addresses, with these texts changed."""
    config = folder / "haproxy.cfg"
    config.write_text(
        text_of(
            "haproxy.cfg",
            ("/run/haproxy/admin.sock", str(folder / "haproxy.sock")),
            ("/etc/haproxy/unreachable.html", str(DEPLOY / "unreachable.html")),
            ("127.0.0.1:8500", f"127.0.0.1:{port}"),
            ("127.0.0.1:8501", first),
            ("127.0.0.1:8502", second),
            # What this machine lets it open.
            ("maxconn 20000", "maxconn 2000"),
            *changes,
        ),
        encoding="utf-8",
    )
    return config


def _haproxy(folder: Path, port: int, first: str, second: str) -> Part:
    config = haproxy_config(folder, port, first, second)
    subprocess.run(["haproxy", "-c", "-q", "-f", config], check=True)
    return Part("haproxy", ["haproxy", "-db", "-f", config], folder / "haproxy.log", _listens(port), RESTART_S)


def _caddy(folder: Path, port: int, proxy_port: int, tls: Certificate) -> Part:
    config = folder / "Caddyfile"
    config.write_text(
        text_of(
            "Caddyfile",
            ("{\n\tservers {", "{\n\tadmin off\n\tauto_https disable_redirects\n\tservers {"),
            (
                "coach.example.com {",
                f"https://localhost:{port} {{\n\tbind 127.0.0.1\n\ttls {tls.certificate} {tls.key}",
            ),
            ("127.0.0.1:8500", f"127.0.0.1:{proxy_port}"),
        ),
        encoding="utf-8",
    )
    given = ["--config", str(config), "--adapter", "caddyfile"]
    subprocess.run(["caddy", "validate", *given], check=True, capture_output=True)
    restart_s = float(values_in(text_of("restart.conf"))["RestartSec"])
    return Part("caddy", ["caddy", "run", *given], folder / "caddy.log", _listens(port), restart_s)
