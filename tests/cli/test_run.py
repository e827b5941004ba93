"""What `coachroom run` says and with which exit status it ends where it cannot start: whether it is to come back."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pytest

from coachroom.errors import MISTAKE, TRY_AGAIN
from coachroom.postgres_address import PostgresAddress
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import MOVED_AWAY, known_migrations
from tests.cli.test_main import Shell
from tests.databases import new_postgres, setting_of
from tests.open_server import until
from tests.server import COOKIE_SECRET, free_port
from tests.services import opened, store_of

MOVED = (
    f"CREATE TABLE {MOVED_AWAY} AS "
    "SELECT 'elsewhere' AS target, TIMESTAMP '2026-05-01 12:00' AS moved_at, '' AS beside"
)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def status(shell: Shell, sentence: str, **variables: str) -> int:
    """That of a start which says this and nothing else."""
    done = shell.run("run", "--port", str(free_port()), **variables)
    assert sentence in done.stderr
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    return done.returncode


def test_a_setting_that_cannot_be_used_must_be_mended(shell: Shell) -> None:
    assert status(shell, "did you mean COACHROOM_PORT", COACHROOM_PROT="1") == MISTAKE


def test_a_taken_port_is_named_before_anything_is_opened_and_may_be_free_later(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for done in (shell.run("run", "--port", port), shell.run("run", COACHROOM_PORT=port)):
            assert (done.returncode, done.stdout, done.stderr.count("\n")) == (TRY_AGAIN, "", 1)
            assert all(part in done.stderr for part in (port, "COACHROOM_PORT", "--port"))
    assert not (shell.folder / "data").exists()


def test_of_two_starts_at_once_the_second_names_the_port(shell: Shell) -> None:
    port = free_port()
    starts = [
        shell.start("run", "--port", str(port), COACHROOM_DATABASE=f"{name}.duckdb", COACHROOM_DATA_DIR=name)
        for name in ("one", "two")
    ]
    try:
        until(lambda: any(each.poll() is not None for each in starts))
        (ended,) = [each for each in starts if each.poll() is not None]
        out, err = ended.communicate()
        assert (ended.returncode, out, err.count("\n")) == (TRY_AGAIN, "", 1)
        assert f"Port {port} is in use" in err
    finally:
        for each in starts:
            if each.poll() is None:
                each.terminate()
            each.communicate()


def test_a_database_that_another_program_has_open_may_be_free_later(shell: Shell) -> None:
    with closing(DuckStore(shell.folder / "room.duckdb")):
        assert status(shell, "room.duckdb open", COACHROOM_DATABASE="room.duckdb") == TRY_AGAIN


def test_a_damaged_database_must_be_mended(shell: Shell) -> None:
    (shell.folder / "room.duckdb").write_bytes(b"no database" * 1000)
    assert status(shell, "is damaged", COACHROOM_DATABASE="room.duckdb") == MISTAKE


def test_a_database_of_a_newer_coachroom_needs_that_one(shell: Shell) -> None:
    shell.ok("members", "add", "ana@example.com", "--role", "coach", COACHROOM_DATABASE="room.duckdb")
    with closing(DuckStore(shell.folder / "room.duckdb")) as store, store.transaction() as transaction:
        newer = known_migrations()[-1].version + 1
        transaction.execute("INSERT INTO schema_version VALUES ($1, 'newer', 'x', now()::TIMESTAMP)", [newer])
    assert status(shell, "start the newer coachroom", COACHROOM_DATABASE="room.duckdb") == MISTAKE


def test_a_server_that_cannot_be_reached_may_be_there_later(shell: Shell) -> None:
    address = PostgresAddress.read(f"postgresql://ana@localhost:{free_port()}/coachroom")
    assert status(shell, "cannot be reached", **on(address)) == TRY_AGAIN


def test_who_finds_another_in_its_place_comes_back_until_that_one_is_gone(shell: Shell) -> None:
    address = new_postgres()
    with opened(shell.folder, database=address, replica="one", agent_provider="elevenlabs", elevenlabs_api_key="key"):
        assert status(shell, "by the name one", **on(address), COACHROOM_REPLICA="one") == TRY_AGAIN
        assert status(shell, "in one process alone", **on(address), COACHROOM_REPLICA="two") == TRY_AGAIN


def test_a_database_that_was_moved_away_is_not_asked_again(shell: Shell) -> None:
    address = new_postgres()
    with opened(shell.folder, database=address) as services:
        store_of(services).execute(MOVED)
    assert status(shell, "was moved to elsewhere", **on(address)) == MISTAKE


def on(address: PostgresAddress) -> dict[str, str]:
    return {"COACHROOM_DATABASE": setting_of(address), "COACHROOM_COOKIE_SECRET": COOKIE_SECRET}
