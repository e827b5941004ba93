"""`coachroom migrate-to` in a real process: what it prints, and what it refuses in one sentence."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from coachroom.errors import MISTAKE, TRY_AGAIN
from coachroom.privacy.erasures import Erasures
from coachroom.store.duck import DuckStore
from coachroom.store.postgres import PostgresStore
from coachroom.store.replica import Replica
from tests.cli.test_main import Shell
from tests.databases import new_postgres, postgres_url
from tests.services import NOON, SECRET

KEY = {"COACHROOM_COOKIE_SECRET": SECRET}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_database_goes_to_a_server_and_back_with_its_list_of_erasures(shell: Shell) -> None:
    url = postgres_url(schema=str(new_postgres().schema))
    shell.ok("demo", "--clients", "12", "--sessions", "60", **KEY)
    database = shell.folder / "data" / "coachroom.duckdb"
    with closing(DuckStore(database)) as store, store.transaction() as transaction:
        Erasures(Path(f"{database}.erased.jsonl"), SECRET).add(transaction, "gone", ["eve@example.com"], NOON)
    there = shell.ok("migrate-to", url, **KEY)
    assert "sessions: 60 rows, the same on both" in there
    assert "Set COACHROOM_DATABASE to the new one" in there
    # Another machine, which has no such file, knows of it too.
    (shell.folder / "data" / "coachroom.postgresql.erased.jsonl").unlink()
    members = shell.ok("members", "list", COACHROOM_DATABASE=url, **KEY)
    rebuilt = shell.ok("rebuild", COACHROOM_DATABASE=url, **KEY)
    assert rebuilt == "60 of 60 sessions\nRecomputed the facts of 60 sessions.\n"
    assert re.search(r"sessions +60\n", shell.ok("snapshot", "copy", COACHROOM_DATABASE=url, **KEY))
    assert re.search(r"sessions +60\n", shell.ok("import", "copy", COACHROOM_DATABASE="again.duckdb", **KEY))
    assert not list(shell.folder.glob(".copy.*"))
    for command in (["migrate-to", url], ["members", "list"], ["run"]):
        assert "was moved to PostgreSQL database" in shell.mistake(*command, **KEY)
    assert "was moved to PostgreSQL database" in shell.run("doctor", **KEY).stdout
    with closing(DuckStore(None)) as empty, empty.transaction() as transaction:
        listed = Erasures(shell.folder / "data" / "coachroom.postgresql.erased.jsonl", SECRET)
        listed.add(transaction, "went", ["mo@example.com"], NOON)
    taken_back = shell.ok("migrate-to", "--take-back", **KEY)
    assert "is not in it." in taken_back
    assert "Who was erased there is erased here when the app starts, as far as this machine knows" in taken_back
    mine = (shell.folder / "data" / "coachroom.duckdb.erased.jsonl").read_text()
    assert re.findall(r'"client": "(\w+)"', mine) == ["gone", "went"]
    assert shell.ok("members", "list", **KEY) == members
    assert "holds data already" in shell.mistake("migrate-to", url, **KEY)
    assert "Give a TARGET" in shell.mistake("migrate-to", **KEY)
    for nothing in ("", ".", "/"):
        assert "it names no file" in shell.mistake("migrate-to", nothing, **KEY)
    back = shell.ok("migrate-to", "back.duckdb", COACHROOM_DATABASE=url, **KEY)
    assert "sessions: 60 rows, the same on both" in back
    assert shell.ok("members", "list", COACHROOM_DATABASE="back.duckdb", **KEY) == members
    assert '"client": "gone"' in (shell.folder / "back.duckdb.erased.jsonl").read_text()
    (shell.folder / "back.duckdb.erased.jsonl").unlink()
    assert "No list of erasures lies beside the other one" in shell.ok(
        "migrate-to", "--take-back", COACHROOM_DATABASE=url, **KEY
    )


def test_who_was_erased_by_another_machine_is_erased_in_what_is_taken_back(shell: Shell) -> None:
    address = new_postgres()
    url = postgres_url(schema=str(address.schema))
    shell.ok("members", "add", "ana@example.com", "--role", "coach", **KEY)
    shell.ok("migrate-to", url, **KEY)
    with closing(PostgresStore(address)) as store, store.transaction() as transaction:
        elsewhere = Erasures(shell.folder / "elsewhere.jsonl", SECRET, Replica("elsewhere", shared=True))
        elsewhere.add(transaction, "went", ["mo@example.com"], NOON)
    other = postgres_url(schema=str(new_postgres().schema))
    assert "and not to" in shell.mistake("migrate-to", "--take-back", other, **KEY)
    said = shell.ok("migrate-to", "--take-back", url, **KEY)
    assert said.endswith("Who was erased there is erased here when the app starts.\n")
    assert '"client": "went"' in (shell.folder / "data" / "coachroom.duckdb.erased.jsonl").read_text()


def test_what_needs_a_file_says_what_to_do_on_a_server(shell: Shell) -> None:
    url = postgres_url(schema=str(new_postgres().schema))
    there = KEY | {"COACHROOM_DATABASE": url}
    assert shell.mistake("members", "list", **there).startswith("The PostgreSQL database postgres at ")
    assert "migrate-to" in shell.mistake("demo", **there)
    shell.ok("members", "add", "ana@example.com", "--role", "coach", **there)
    assert "pg_dump" in shell.mistake("backup", "copies", **there)
    assert "VACUUM FULL" in shell.mistake("compact", **there)
    (shell.folder / "tables").mkdir()
    assert "migrate-to" in shell.mistake("import", "tables", **there)
    assert "pg_dump" in shell.mistake("members", "list", COACHROOM_BACKUP_DIR="copies", **there)
    doctor = shell.run("doctor", **there)
    assert "PostgreSQL 1" in doctor.stdout
    assert "Traceback" not in doctor.stdout + doctor.stderr


@pytest.mark.parametrize("text", ["postgresql://ana:s3cret@127.0.0.1:1/room", "postgresql://ana:s3@cret@host/room"])
def test_an_address_that_leads_nowhere_is_one_sentence_without_its_password(shell: Shell, text: str) -> None:
    shell.ok("members", "add", "ana@example.com", "--role", "coach", **KEY)
    # A start is tried again: the server may come back.
    started = shell.run("run", COACHROOM_DATABASE=text, **KEY)
    assert started.returncode == (TRY_AGAIN if "127.0.0.1" in text else MISTAKE)
    for said in (shell.mistake("migrate-to", text, **KEY), started.stdout + started.stderr):
        assert "s3" not in said
        assert "cret" not in said


def test_there_must_be_something_to_move(shell: Shell) -> None:
    assert "There is no database" in shell.mistake("migrate-to", "postgresql://127.0.0.1:1/room", **KEY)
    assert not (shell.folder / "data").exists()
