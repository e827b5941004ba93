"""The command line in real processes: what it prints, where, and its exit status."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import termios
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest

from coachroom.cli.commands import build_parser
from coachroom.cli.main import main
from coachroom.cli.run import add_run
from coachroom.clock import utc_now
from coachroom.postgres_address import PostgresAddress
from coachroom.store.duck import DuckStore
from coachroom.store.opening import open_store
from tests.databases import database_in, setting_of
from tests.services import ANA, SECRET, enter, opened, writer_of

SAMPLE = Path(__file__).parents[2] / "data" / "skool_members_sample.csv"


def command_names() -> list[str]:
    (commands,) = (
        action for action in build_parser(add_run)._actions if isinstance(action, argparse._SubParsersAction)
    )
    return sorted(commands.choices)


@dataclass(frozen=True)
class Shell:
    """A folder of its own with a bare environment, in which on PostgreSQL the database's address stands."""

    folder: Path

    @property
    def database(self) -> Path | PostgresAddress:
        """Where its commands find it when nothing is said, or on PostgreSQL what is said."""
        return database_in(self.folder, "data/coachroom.duckdb")

    def environment(self, variables: dict[str, str]) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("COACHROOM_", "ELEVENLABS_"))}
        where = {}
        if not isinstance(self.database, Path):
            where = {
                "COACHROOM_DATABASE": setting_of(self.database),
                "COACHROOM_DATA_DIR": str(self.folder),
                "COACHROOM_COOKIE_SECRET": SECRET,
            }
        return kept | {"PYTHONWARNINGS": "error::ResourceWarning"} | where | variables

    def run(self, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "coachroom", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(variables),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    def start(self, *arguments: str | Path, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "coachroom", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ok(self, *arguments: str | Path, **variables: str) -> str:
        done = self.run(*arguments, **variables)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def mistake(self, *arguments: str | Path, **variables: str) -> str:
        done = self.run(*arguments, **variables)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "COMMAND"),
        (["fly"], "'fly'"),
        (["import"], "DIR"),
        (["members"], "COMMAND"),
        (["agent"], "COMMAND"),
        (["agent", "apply"], "--yes"),
        (["members", "add", "a@example.com", "--role", "king"], "--role"),
        (["run", "--port", "many"], "--port"),
        (["run", "--port", "70000"], "COACHROOM_PORT"),
        (["members", "import", "missing.csv"], "missing.csv"),
        (["members", "import", str(SAMPLE), "--yes-remove", "2"], "--sync"),
        (["members", "set", "a@example.com"], "--status"),
        (["members", "set", "a@example.com", "--status", "removed"], "There is no member"),
        (["members", "forget-accounts"], "--all"),
        (["members", "forget-accounts", "a@example.com", "--all"], "--all"),
        (["members", "forget-accounts", "a@example.com"], "There is no member"),
        (["import", "missing"], "missing"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: Shell, arguments: list[str], part: str
) -> None:
    monkeypatch.chdir(shell.folder)
    for name in set(os.environ) - set(shell.environment({})):
        monkeypatch.delenv(name)
    try:
        status: object = main(arguments)
    except SystemExit as stop:
        status = stop.code
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert part in err


def test_a_mistake_ends_the_process_with_status_2(shell: Shell) -> None:
    assert "'fly'" in shell.mistake("fly")
    assert "missing.csv" in shell.mistake("members", "import", "missing.csv")


def test_members_from_the_export_to_the_list(shell: Shell) -> None:
    dry = shell.ok("members", "import", SAMPLE, "--dry-run")
    assert dry.startswith("Dry run: nothing was written.")
    assert "line 11: the e-mail is missing" in dry
    assert "no members yet" in shell.ok("members", "list")
    assert "added             10" in shell.ok("members", "import", SAMPLE)
    assert "unchanged         10" in shell.ok("members", "import", SAMPLE, "--sync")
    shell.ok("members", "add", "Coach@example.com", "--name", "Carla", "--role", "coach")
    shell.ok("members", "set", "ana.silva@example.com", "--coach", "coach@example.com")
    listing = shell.ok("members", "list").splitlines()
    assert listing[0].split() == ["e-mail", "name", "role", "status", "coach", "source"]
    assert "coach@example.com" in listing[1]
    assert len({line.index(role) for line in listing[1:] for role in ("client  ", "coach   ") if role in line}) == 1


def test_what_an_import_would_change_of_each_member_is_said_before(shell: Shell, tmp_path: Path) -> None:
    shell.ok("members", "import", SAMPLE)
    later = tmp_path / "later.csv"
    text = SAMPLE.read_text(encoding="utf-8").replace("$49,month,premium,$441", "$9,month,standard,$450", 1)
    later.write_text(text.replace("Ana,Silva,", "Ana,Souza,", 1), encoding="utf-8")
    dry = shell.ok("members", "import", later, "--dry-run")
    assert "ana.silva@example.com  Ana Souza: name: Ana Silva → Ana Souza; tier: premium → standard" in dry


def test_a_client_is_erased_and_then_the_bytes_go(shell: Shell) -> None:
    shell.ok("demo", "--clients", "5", "--sessions", "20", "--seed", "1")
    counted = shell.ok("erase", "ana.silva@example.com", "--dry-run")
    assert counted.startswith("Dry run: nothing was erased.")
    erased = shell.ok("erase", "ana.silva@example.com")
    assert erased.splitlines()[2:] == counted.splitlines()[1:]
    assert "There is no client 'ana.silva@example.com'" in shell.mistake("erase", "ana.silva@example.com")
    left = "erasures: 1 client, and what else was deleted since the database was last compacted"
    assert left in shell.run("doctor").stdout
    assert "What was deleted is gone" in shell.ok("compact")
    assert left not in shell.run("doctor").stdout
    assert "There is no client" in shell.mistake("erase", "ana.silva@example.com")


def test_a_client_who_had_a_session_is_erased(shell: Shell) -> None:
    with opened(shell.folder, database=shell.database) as services:
        enter(services)
    counted = shell.ok("erase", ANA, "--dry-run")
    assert counted.startswith("Dry run: nothing was erased.")
    erased = shell.ok("erase", ANA)
    assert erased.splitlines()[2:] == counted.splitlines()[1:]
    with closing(open_store(shell.database)) as store:
        assert store.execute("SELECT count(*) FROM sessions") == [(0,)]


def test_after_a_change_of_provider_accounts_are_forgotten(shell: Shell) -> None:
    shell.ok("members", "import", SAMPLE)
    assert shell.ok("members", "forget-accounts", "Ana.Silva@example.com").startswith("Forgot how 0 of 1 members")
    assert "0 of 10 members" in shell.ok("members", "forget-accounts", "--all")


def test_a_sync_that_removes_many_asks_for_their_number(shell: Shell) -> None:
    shell.ok("members", "import", SAMPLE)
    few = shell.folder / "few.csv"
    few.write_text("Email\nana.silva@example.com\n")
    assert "--yes-remove 9" in shell.mistake("members", "import", few, "--sync")
    assert "removed            9" in shell.ok("members", "import", few, "--sync", "--yes-remove", "9")


def test_names_cannot_steer_the_terminal_and_any_encoding_prints(shell: Shell) -> None:
    hostile = shell.folder / "hostile.csv"
    hostile.write_text('Email,Name\na@example.com,"\x1b[2J\u202eJoão\nlast"\n', encoding="utf-8")
    shell.ok("members", "import", hostile)
    listing = shell.ok("members", "list")
    assert "\ufffd[2J\ufffdJoão\ufffdlast" in listing
    assert "Jo\\xe3o" in shell.ok("members", "list", PYTHONIOENCODING="ascii")


def test_importing_takes_a_snapshot_back(shell: Shell) -> None:
    shell.ok("members", "import", SAMPLE)
    assert "members" in shell.ok("snapshot", "backups/first")
    assert "not an empty folder" in shell.mistake("snapshot", "backups/first")
    assert "empty database" in shell.mistake("import", "backups/first")
    taken = shell.ok("import", "backups/first", COACHROOM_DATABASE="new.duckdb")
    assert re.search(r"^members +10$", taken, re.MULTILINE)
    # What undoes the import comes along.
    assert re.search(r"^roster_changes +10$", taken, re.MULTILINE)


def test_importing_the_seeds_tables(shell: Shell) -> None:
    folder = shell.folder / "seed"
    folder.mkdir()
    (folder / "ClientProfiles.csv").write_text("id,skoolUserId,preferences,goals,history\nc1,,,,\n")
    assert "client_profiles         1" in shell.ok("import", "seed")
    assert "nothing new" in shell.ok("import", "seed")
    (folder / "ClientProfiles.csv").write_text("id\nc2\nc2\nc3\n")
    done = shell.run("import", "seed")
    assert done.returncode == 2
    assert done.stderr.splitlines()[1] == "  ClientProfiles.csv, line 3: the id 'c2' stands there twice"
    with closing(open_store(shell.database)) as store:
        assert store.execute("SELECT id FROM client_profiles") == [("c1",)]


def test_a_database_in_use_is_one_sentence(shell: Shell) -> None:
    store = DuckStore(shell.folder / "room.duckdb")
    for command in (["members", "list"], ["snapshot", "s"], ["import", "."]):
        assert "has room.duckdb open" in shell.mistake(*command, COACHROOM_DATABASE="room.duckdb")
    store.close()


def test_a_database_that_was_cut_off_is_one_sentence(shell: Shell) -> None:
    shell.ok("members", "import", SAMPLE)
    path = shell.folder / "data" / "coachroom.duckdb"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    shell.mistake("members", "list")


def test_settings_that_cannot_be_used_are_one_sentence(shell: Shell) -> None:
    assert "did you mean COACHROOM_PORT" in shell.mistake("members", "list", COACHROOM_PROT="1")


def test_a_reader_that_goes_away_is_no_error(shell: Shell) -> None:
    many = shell.folder / "many.csv"
    many.write_text("Email\n" + "".join(f"member{n:05}@example.com\n" for n in range(5000)))
    shell.ok("members", "import", many)
    with subprocess.Popen(
        [sys.executable, "-m", "coachroom", "members", "list"],
        cwd=shell.folder,
        env=shell.environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def _unread(pipe: IO[bytes]) -> int:
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def _sleeps(pid: int) -> bool:
    """Whether the process waits for something, by its kernel."""
    state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    return state == "S"


def test_ctrl_c_is_quiet(shell: Shell) -> None:
    fifo = shell.folder / "export.csv"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [sys.executable, "-m", "coachroom", "members", "import", str(fifo)],
        cwd=shell.folder,
        env=shell.environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell that starts the tests in the background has them, and what they start, ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 it starts nothing else
    )
    # What was written is gone from the pipe once the command reads, and then it waits for more.
    with process, fifo.open("wb", buffering=0) as pipe:
        pipe.write(b"Email")
        while _unread(pipe):
            time.sleep(0.01)
        # Until it waits: a signal just before the next read interrupts nothing.
        asleep = 0
        while asleep < 5:
            asleep = asleep + 1 if _sleeps(process.pid) else 0
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_help_names_every_command(shell: Shell) -> None:
    text = shell.ok("--help")
    assert len(command_names()) >= 10
    for command in command_names():
        assert f"\n    {command}" in text


@pytest.mark.parametrize("command", command_names())
def test_every_command_describes_its_arguments(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m coachroom {command} ")


def test_a_change_of_members_is_in_the_audit_log(shell: Shell) -> None:
    shell.ok("members", "add", "boss@example.com", "--role", "admin")
    with closing(open_store(shell.database)) as store:
        ((actor, action, subject, detail),) = store.execute("SELECT actor, action, subject, detail FROM audit_log")
    assert (actor, action, subject) == ("operator", "members.add", "boss@example.com")
    assert json.loads(detail) == {"role": "admin", "coach": None}


def test_a_database_that_another_tool_restored_sends_nothing_that_was_due(shell: Shell) -> None:
    sql = (
        "INSERT INTO outbox (key, kind, channel, recipient, about, state, tries, created_at, next_try_at) "
        "VALUES ($1, 'invitation', 'mail', 'ana@example.com', $4, 'waiting', 0, $2, $3)"
    )
    with opened(shell.folder, database=shell.database) as services:
        for key, hours in (("due", -1), ("later", 1)):
            row = [key, utc_now(), utc_now() + timedelta(hours=hours), ["ana"]]
            writer_of(services).submit(lambda transaction, row=row: transaction.execute(sql, row)).result()
    assert shell.ok("hold-back").startswith("Held back what was due")
    with closing(open_store(shell.database)) as store:
        assert store.execute("SELECT key, state FROM outbox ORDER BY key") == [
            ("due", "given_up"),
            ("later", "waiting"),
        ]


def test_nothing_is_held_back_where_there_is_no_database(shell: Shell) -> None:
    assert "There is no database" in shell.mistake("hold-back")
