"""The files of deploy/, as far as they can be tried without the whole deployment (`make deployment`)."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psycopg
import pytest
from uvicorn.config import STARTUP_FAILURE
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from coachroom.errors import MISTAKE, TRY_AGAIN
from tests.deployed import DEPLOY, comes_back, haproxy_config, text_of, unit_of_replica, values_in
from tests.open_server import until
from tests.postgres_cluster import USER, postgres_here, running_cluster
from tests.proxies import running
from tests.server import ROOT, free_port
from tests.services import SECRET

WORDS = "what-ana-said-of-her-mother"


def test_the_log_of_the_server_holds_no_row_of_a_statement_that_failed() -> None:
    lines = (DEPLOY / "postgresql.conf").read_text(encoding="utf-8").replace(" = ", "=")
    settings = {name: value for name, value in values_in(lines).items() if name.startswith("log_")}
    with running_cluster({"listen_addresses": "", **settings}) as folder:
        with psycopg.connect(f"host={folder} user={USER} dbname=postgres", autocommit=True) as connection:
            connection.execute("CREATE TABLE said (words TEXT PRIMARY KEY, n INTEGER NOT NULL)")
            connection.execute("INSERT INTO said VALUES (%s, 1)", [WORDS])
            with pytest.raises(psycopg.errors.UniqueViolation, match=WORDS):
                connection.execute("INSERT INTO said VALUES (%s, 1)", [WORDS])
            with pytest.raises(psycopg.errors.NotNullViolation, match=WORDS):
                connection.execute("INSERT INTO said VALUES (%s, NULL)", [f"{WORDS}-too"])
        log = (folder / "log").read_text(encoding="utf-8")
    assert "duplicate key value" in log
    assert WORDS not in log


# It hides nothing, which is for `make deployment` to try.
AGE = """#!/bin/bash
case $1 in
--recipient) cat >"$4" ;;
--decrypt) cat "$4" ;;
esac
"""


def test_a_backup_brings_nobody_back_who_was_erased_since(tmp_path: Path) -> None:
    """Restored on a machine that has but half a line of its own: there is the list beside the later backup."""
    binaries, _ = postgres_here()
    (tmp_path / "bin").mkdir()
    write_program(tmp_path / "bin" / "age", AGE)
    place = tmp_path / "backups"
    place.mkdir()
    with running_cluster({"listen_addresses": ""}) as socket:

        def environment(database: str) -> dict[str, str]:
            return {
                "PATH": f"{tmp_path / 'bin'}:{binaries}:{os.environ['PATH']}",
                "COACHROOM_DATABASE": f"postgresql://{USER}@/{database}?host={socket}",
                "COACHROOM_DATA_DIR": str(tmp_path / database),
                "COACHROOM_COOKIE_SECRET": SECRET,
                "COACHROOM_BACKUP_KEY": "age1key",
            }

        def run(database: str, *command: str | Path) -> str:
            done = subprocess.run(
                command, cwd=ROOT, env=environment(database), capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        def rows(database: str, sql: str) -> list[tuple[object, ...]]:
            with psycopg.connect(f"host={socket} user={USER} dbname={database}", autocommit=True) as connection:
                cursor = connection.execute(sql)
                return cursor.fetchall() if cursor.description else []

        for database in ("here", "there"):
            rows("postgres", f"CREATE DATABASE {database}")
        run("here", sys.executable, "-m", "coachroom", "members", "add", "ana@example.com", "--role", "coach")
        rows("here", "INSERT INTO client_profiles (id, display_name, created_at) VALUES ('c1', 'Ida', now())")
        rows("here", "INSERT INTO client_profiles (id, display_name, created_at) VALUES ('c2', 'Bo', now())")
        run("here", DEPLOY / "backup", place)
        (dump,) = place.glob("*.dump.age")
        for file in place.iterdir():
            file.rename(place / file.name.replace("coachroom-20", "coachroom-19"))
        run("here", sys.executable, "-m", "coachroom", "erase", "c1")
        assert "erased.age" in run("here", DEPLOY / "backup", place)
        restore = (DEPLOY / "restore").read_text(encoding="utf-8")
        restore = restore.replace("/opt/coachroom", str(ROOT)).replace(".venv/bin/python", sys.executable)
        write_program(tmp_path / "restore", restore)
        dump = place / dump.name.replace("coachroom-20", "coachroom-19")
        (tmp_path / "there").mkdir()
        (tmp_path / "there" / "coachroom.postgresql.erased.jsonl").write_text('{"client": "c0", "era')
        assert "erased before and are so again: 1" in run("there", tmp_path / "restore", dump, "key.txt")
        assert rows("there", "SELECT id FROM client_profiles") == [("c2",)]


def write_program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o700)


def test_a_replica_is_in_production_also_where_an_editor_spoilt_that_line_of_its_settings(tmp_path: Path) -> None:
    assert unit_of_replica(8501, tmp_path).environment["COACHROOM_ENV"] == "production"


def test_replicas_of_two_machines_have_two_names(tmp_path: Path) -> None:
    assert unit_of_replica(8501, tmp_path).environment["COACHROOM_REPLICA"] == "here-8501"


def test_a_replica_comes_back_unless_it_was_stopped_or_somebody_must_mend_something(tmp_path: Path) -> None:
    never_after = unit_of_replica(8501, tmp_path).never_after
    assert comes_back(TRY_AGAIN, never_after)
    # A database that failed, an error that nobody foresaw, a server that cannot start, a kill.
    assert all(comes_back(status, never_after) for status in (os.EX_IOERR, 1, STARTUP_FAILURE, -signal.SIGKILL))
    assert not comes_back(MISTAKE, never_after)
    assert not comes_back(-signal.SIGTERM, never_after)


@pytest.mark.parametrize(
    "address", ["postgresql://ana:hidden@db/coachroom", "postgresql://db/c?user=a&password=hidden"]
)
@pytest.mark.parametrize("program", ["backup", "restore"])
def test_no_password_reaches_the_list_of_processes(program: str, address: str, tmp_path: Path) -> None:
    """Nothing is started that has it among its arguments: there is nothing here to start."""
    environment = {"COACHROOM_DATABASE": address, "COACHROOM_BACKUP_KEY": "age1key", "PATH": str(tmp_path)}
    done = subprocess.run(
        ["/bin/bash", DEPLOY / program, tmp_path, "key.txt"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "holds a password" in done.stderr
    assert "hidden" not in done.stderr


# As far as a proxy sees a replica: it is healthy, answers what a page sends with its name, and pings.
STAND_IN = """
import asyncio, sys
from websockets.asyncio.server import serve

async def answer(page):
    async for _ in page:
        await page.send(sys.argv[2])

async def main():
    def health(page, request):
        return page.respond(200, "ok") if request.path == "/healthz" else None

    async with serve(answer, "127.0.0.1", int(sys.argv[1]), process_request=health, ping_interval=0.5):
        print("ready", flush=True)
        await asyncio.get_running_loop().create_future()

asyncio.run(main())
"""
SILENT_S = 3
# As far as a proxy sees a replica to which pages report: it says its name and what it was told.
REPORTED_TO = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Replica(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(b"ok")

    def do_POST(self):
        told = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(sys.argv[2].encode() + b": " + told)

    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Replica)
print("ready", flush=True)
server.serve_forever()
"""


def test_a_page_is_given_up_only_after_more_than_two_pings_of_its_server_are_missing() -> None:
    options = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    (silent_s,) = re.findall(r"^\ttimeout tunnel (\d+)s$", text_of("haproxy.cfg"), re.MULTILINE)
    assert int(silent_s) > 2 * options["server"]["websocketPingInterval"]


@contextmanager
def replicas_behind_haproxy(
    folder: Path, stand_in: str = STAND_IN
) -> Iterator[tuple[int, dict[str, subprocess.Popen[str]]]]:
    """The proxy's port, and two stand-ins by the names that the proxy gives them."""
    port, ports = free_port(), {"r1": free_port(), "r2": free_port()}
    first, second = (f"127.0.0.1:{own}" for own in ports.values())
    sooner = (
        ("timeout tunnel 35s", f"timeout tunnel {SILENT_S}s"),
        ("timeout server 7s", f"timeout server {SILENT_S}s"),
    )
    config = haproxy_config(folder, port, first, second, *sooner)
    started = {}
    try:
        for name, own in ports.items():
            command = [sys.executable, "-c", stand_in, str(own), name]
            started[name] = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for each in started.values():
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        with running(["haproxy", "-db", "-f", str(config)], port, folder / "log"):
            yield port, started
    finally:
        for each in started.values():
            each.kill()
            each.communicate()


def opened_page(port: int, cookie: str = "") -> ClientConnection:
    headers = {"Cookie": cookie} if cookie else {}
    return connect(f"ws://127.0.0.1:{port}/_stcore/stream", additional_headers=headers, ping_interval=None)


def answer_to(page: ClientConnection) -> str:
    page.send("who?")
    return str(page.recv(timeout=20))


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is not on this machine")
@pytest.mark.parametrize("sends", [False, True], ids=["quiet", "in use"])
def test_a_page_whose_replica_stands_still_comes_to_the_other_one(tmp_path: Path, *, sends: bool) -> None:
    with replicas_behind_haproxy(tmp_path) as (port, replicas):
        with opened_page(port) as page:
            assert page.response is not None
            cookie = page.response.headers["Set-Cookie"].partition(";")[0]
            first = answer_to(page)
            assert cookie == f"coachroom_replica={first}"
            (other,) = replicas.keys() - {first}
            with opened_page(port, f"coachroom_replica={other}") as quiet:
                replicas[first].send_signal(signal.SIGSTOP)
                given_up = threading.Event()
                if sends:
                    threading.Thread(target=use, args=(page, given_up), daemon=True).start()
                with pytest.raises(ConnectionClosed):
                    page.recv(timeout=20)
                given_up.set()
                with opened_page(port, cookie) as again:
                    assert answer_to(again) == other
                # Whoever was at the other one all the while is not cut off, though nothing was said.
                assert answer_to(quiet) == other
        replicas[first].send_signal(signal.SIGCONT)
        until(lambda: was_let_in(port, cookie, first))


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is not on this machine")
def test_where_no_replica_is_left_the_proxy_says_so_with_our_page(tmp_path: Path) -> None:
    with replicas_behind_haproxy(tmp_path) as (port, replicas):
        for each in replicas.values():
            each.kill()
        answer = until(lambda: (got := httpx.get(f"http://127.0.0.1:{port}/Goals")).status_code == 503 and got)
    assert answer.text == (DEPLOY / "unreachable.html").read_text(encoding="utf-8")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


def use(page: ClientConnection, given_up: threading.Event) -> None:
    with suppress(ConnectionClosed):
        while not given_up.wait(0.2):
            page.send("still there?")


def was_let_in(port: int, cookie: str, name: str) -> bool:
    """Whether a page of this cookie is at the replica of this name."""
    with opened_page(port, cookie) as page:
        return answer_to(page) == name


def reported(port: int, cookie: str, words: Iterable[bytes]) -> httpx.Response:
    """The answer to what a page of this cookie reports, in pieces."""
    content = list(words)
    headers = {"Cookie": cookie, "Content-Length": str(sum(map(len, content)))}
    return httpx.post(f"http://127.0.0.1:{port}/room/r/events", content=slowly(content), headers=headers, timeout=60)


def slowly(content: Sequence[bytes]) -> Iterator[bytes]:
    for place, piece in enumerate(content):
        if place:
            time.sleep(SILENT_S + 1)
        yield piece


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is not on this machine")
def test_what_a_page_reports_to_a_replica_that_stands_still_comes_to_the_other_one(tmp_path: Path) -> None:
    with replicas_behind_haproxy(tmp_path, REPORTED_TO) as (port, replicas):
        assert reported(port, "coachroom_replica=r1", [b"one"]).text == "r1: one"
        # A slow network is no replica that stands still.
        assert reported(port, "coachroom_replica=r1", [b"on", b"ce"]).text == "r1: once"
        replicas["r1"].send_signal(signal.SIGSTOP)
        answer = reported(port, "coachroom_replica=r1", [b"two"])
        assert answer.text == "r2: two"
        assert answer.cookies["coachroom_replica"] == "r2"
