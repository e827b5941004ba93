"""Commands while the app runs: they work on its open database, and its people notice nothing."""

from __future__ import annotations

import json
import socket
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from coachroom.cli.control.frames import FrameKind, read_frames, sockets_of, write_request
from coachroom.cli.kept_tries import KEEP_TRY
from coachroom.cli.main import main
from coachroom.store.store import Engine
from tests.databases import ENGINE
from tests.open_server import OpenServer, open_server, until
from tests.server import LiveServer
from tests.services import ANA, BEN

ROSTER = "First Name,Last Name,Email,Invited By,Joined Date\nIda,Berg,ida@example.com,,2026-01-02\n"


@dataclass(frozen=True)
class Shell:
    """A terminal beside the running app, in a folder of its own."""

    server: OpenServer
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    printed: pytest.CaptureFixture[bytes]

    def run(self, *arguments: str | Path) -> tuple[int, bytes, bytes]:
        self.printed.readouterr()
        with self.monkeypatch.context() as there:
            there.chdir(self.folder)
            for variable, value in self.server.variables.items():
                there.setenv(variable, value)
            status = main(list(map(str, arguments)))
        return (status, *self.printed.readouterr())

    def ok(self, *arguments: str | Path) -> str:
        status, output, errors = self.run(*arguments)
        assert (status, errors) == (0, b"")
        return output.decode()

    def mistake(self, *arguments: str | Path) -> str:
        status, output, errors = self.run(*arguments)
        assert (status, output) == (2, b"")
        return errors.decode()


Beside = Callable[[OpenServer], Shell]


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Beside:
    return lambda server: Shell(server, tmp_path, monkeypatch, capsysbinary)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenServer]:
    with open_server(tmp_path_factory.mktemp("control")) as server:
        yield server


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the path of a replica's socket is not too long for one."""
    return tmp_path_factory.mktemp("own")


@pytest.fixture
def shell(server: OpenServer, beside: Beside) -> Shell:
    return beside(server)


def control_of(server: OpenServer) -> Path:
    (path,) = sockets_of(server.beside)
    return path


def post(server: OpenServer, room: str, token: str, n: int, text: str) -> None:
    event = {"n": n, "at": "2026-01-01T10:00:00Z", "kind": "turn", "sender": "client", "text": text}
    body = {"token": token, "epoch": "page", "sent_at": "2026-01-01T10:00:00Z", "events": [event]}
    assert httpx.post(f"{server.url}/room/{room}/events", json=body).json()["ack"] == n


def test_members_are_managed_while_the_app_runs(shell: Shell) -> None:
    (shell.folder / "roster.csv").write_text(ROSTER)
    assert "added" in shell.ok("members", "import", "roster.csv")
    assert shell.server.rows("SELECT display_name FROM members WHERE email = 'ida@example.com'") == [("Ida Berg",)]
    shell.ok("members", "add", "coach@example.com", "--role", "coach")
    shell.ok("members", "set", "ida@example.com", "--coach", "coach@example.com")
    assert "coach@example.com" in shell.ok("members", "list")
    assert "no member" in shell.mistake("members", "set", "nobody@example.com", "--role", "coach")


def test_paths_are_those_of_the_caller(shell: Shell) -> None:
    shell.ok("snapshot", "copy")
    assert (shell.folder / "copy" / "manifest.json").is_file()
    shell.ok("export", "turns", "--format", "csv", "--out", "turns.csv")
    assert (shell.folder / "turns.csv").is_file()
    assert "cannot be read" in shell.mistake("members", "import", "missing.csv")


def test_an_export_goes_through_a_pipe_byte_by_byte(shell: Shell) -> None:
    status, piped, _ = shell.run("export", "turns", "--format", "csv", "--out", "-")
    shell.ok("export", "turns", "--format", "csv", "--out", "turns.csv")
    assert status == 0
    assert piped.splitlines()[0] == (shell.folder / "turns.csv").read_bytes().splitlines()[0]


def test_the_doctor_looks_into_the_open_database(shell: Shell) -> None:
    found = shell.ok("doctor")
    assert "coachroom is running and has looked into it itself" in found
    assert "everything that belongs together is there" in found
    assert shell.server.process.poll() is None


def test_what_agent_test_finds_is_kept_by_the_running_app(shell: Shell) -> None:
    found = {"branch": "b", "version": "v", "tests": "t", "failed": ["sam"], "tried_at": "2026-01-01T10:00:00"}
    shell.ok("agent", KEEP_TRY, json.dumps(found))
    row = "SELECT branch, version, tests, CAST(failed AS VARCHAR), tried_at FROM agent_tries"
    assert shell.server.rows(row) == [("b", "v", "t", '["sam"]', datetime(2026, 1, 1, 10))]
    for nonsense in ("{", "[]", json.dumps(found | {"tried_at": "now"}), "{}"):
        assert "nothing that `agent test` has found" in shell.mistake("agent", KEEP_TRY, nonsense)


def test_a_client_is_erased_and_the_file_compacted_in_the_middle_of_a_conversation(
    tmp_path: Path, beside: Beside
) -> None:
    mark = "mark-7f3a9c51d2e84b60"
    (tmp_path / "data").mkdir()
    with open_server(tmp_path / "data") as server:
        _erase_and_compact(beside(server), mark)


def _erase_and_compact(shell: Shell, mark: str) -> None:
    server = shell.server
    stays, session, token = server.enter(BEN)
    gone, _, gone_token = server.enter(ANA)
    post(server, gone, gone_token, 1, mark)
    post(server, stays, token, 1, "one")
    shell.ok("export-client", ANA, "--out", "gone.zip")
    with zipfile.ZipFile(shell.folder / "gone.zip") as packed:
        assert json.loads(packed.read("data/conversations.json"))[0]["message"] == mark
    counts = shell.ok("erase", ANA, "--dry-run")
    assert "nothing was erased" in counts
    erased = shell.ok("erase", ANA)
    assert [line for line in counts.splitlines() if line.startswith("conversations")] == [
        line for line in erased.splitlines() if line.startswith("conversations")
    ]
    assert server.rows("SELECT count(*) FROM rooms WHERE client_id = 'demo-ana'") == [(0,)]
    assert "by " in next(line for line in shell.ok("doctor").splitlines() if "erasures: 1" in line)
    post(server, stays, token, 2, "two")
    shell.ok("compact")
    post(server, stays, token, 3, "three")
    words = [("one",), ("two",), ("three",)]
    said = "SELECT message FROM conversations WHERE session_id = $1 ORDER BY seq"
    assert server.rows(said, session) == words
    assert "erasures" not in shell.ok("doctor")
    files = [file for file in server.database.parent.rglob("*") if file.is_file()]
    assert [file.name for file in files if mark.encode() in file.read_bytes()] == []
    server.kill()
    assert LiveServer.rows(server, said, session) == words


def test_a_backup_is_taken_while_the_app_runs_and_restored_beside_it(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert "not encrypted" in shell.ok("backup", "backups")
    assert "never overwrites" in shell.mistake("restore", "backups")
    monkeypatch.chdir(shell.folder)
    monkeypatch.setenv("COACHROOM_DATABASE", str(shell.folder / "again.duckdb"))
    assert main(["restore", "backups"]) == 0
    assert b"Restored coachroom-" in capsysbinary.readouterr().out
    assert main(["restore", "backups"]) == 2
    assert main(["doctor"]) == 0
    assert b"everything that belongs together is there" in capsysbinary.readouterr().out
    (shell.folder / "empty").mkdir()
    monkeypatch.setenv("COACHROOM_DATABASE", str(shell.folder / "third.duckdb"))
    assert main(["restore", "empty"]) == 2
    assert b"There is no backup in" in capsysbinary.readouterr().err


def test_facts_are_rebuilt_in_pieces(tmp_path: Path, beside: Beside) -> None:
    with open_server(tmp_path) as server:
        shell = beside(server)
        for client in ("a", "b"):
            room, session, token = server.enter(client)
            post(server, room, token, 1, "one two three")
            server.end_session(session)
        until(lambda: server.rows("SELECT count(*) FROM session_facts") == [(2,)])
        assert "2 of 2 sessions" in shell.ok("rebuild")
        assert server.rows("SELECT client_words FROM session_facts") == [(3,), (3,)]


def test_whole_databases_are_not_brought_in_while_the_app_runs(tmp_path: Path, beside: Beside) -> None:
    with open_server(tmp_path) as server:
        (tmp_path / "tables").mkdir()
        # On a server they are not brought in at all, whatever runs.
        instead = "stop it" if ENGINE is Engine.DUCKDB else "migrate-to"
        for command in (("demo",), ("import", "tables")):
            assert instead in beside(server).mistake(*command)


def test_who_goes_away_before_the_commit_has_changed_nothing(short: Path) -> None:
    with open_server(short) as server:
        path = control_of(server)
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(path))
            write_request(caller, ["members", "add", "late@example.com"], short)
            caller.shutdown(socket.SHUT_WR)
            list(read_frames(caller))
        assert server.rows("SELECT count(*) FROM members WHERE email = 'late@example.com'") == [(0,)]
        server.enter(ANA)
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(path))
            write_request(caller, ["erase", ANA], short)
            caller.shutdown(socket.SHUT_WR)
            list(read_frames(caller))
        assert server.rows("SELECT count(*) FROM rooms WHERE client_id = $1", ANA) == [(1,)]


@pytest.mark.parametrize(
    "sent", [b"", b"{}\n", b"[]\n", b"not json\n", b'{"arguments": 3}\n', b"\xff\n", b"x" * 70_000]
)
def test_what_is_no_request_is_hung_up_on(server: OpenServer, sent: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(control_of(server)))
        caller.sendall(sent)
        caller.shutdown(socket.SHUT_WR)
        assert caller.recv(10) == b""


@pytest.mark.parametrize("arguments", [["run"], ["demo"], ["no-such-command"], ["members"], []])
def test_only_commands_for_the_running_app_are_run_in_it(server: OpenServer, arguments: list[str]) -> None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(control_of(server)))
        write_request(caller, arguments, Path("/"))
        error, status = read_frames(caller)
        assert error[0] is FrameKind.ERROR
        assert error[1].endswith(b"does not know this command: restart it.\n")
        assert status == (FrameKind.STATUS, b"2")


def test_the_socket_is_for_this_account_alone_and_goes_with_the_app(short: Path, beside: Beside) -> None:
    with open_server(short) as server:
        path = control_of(server)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        server.kill()
    assert path.exists(), "who is killed leaves it"
    with open_server(short) as server:
        beside(server).ok("members", "list")
        server.stop()
        assert not path.exists()


def test_where_a_path_is_too_long_for_a_socket_the_log_says_so_and_nothing_is_left(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    with open_server(folder) as server:
        until(lambda: "cannot be a socket" in server.log.read_text())
        assert sockets_of(server.beside) == []
