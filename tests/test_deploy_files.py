"""The files of deploy/, as far as they can be tried without the whole deployment (`make deployment`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.deployed import DEPLOY, unit_of_replica, values_in
from tests.postgres_cluster import USER, postgres_here, running_cluster
from tests.server import ROOT
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
    """Restored on a machine that lost its own list: there is the one beside the later backup."""
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
        assert "erased before and are so again: 1" in run("there", tmp_path / "restore", dump, "key.txt")
        assert rows("there", "SELECT id FROM client_profiles") == [("c2",)]


def write_program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o700)


def test_replicas_of_two_machines_have_two_names(tmp_path: Path) -> None:
    assert unit_of_replica(8501, tmp_path).environment["COACHROOM_REPLICA"] == "here-8501"


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
