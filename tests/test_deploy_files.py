"""The files of deploy/, as far as they can be tried without the whole deployment (`make deployment`)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.deployed import DEPLOY, unit_of_replica, values_in
from tests.postgres_cluster import USER, running_cluster

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
