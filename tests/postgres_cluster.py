"""A PostgreSQL of our own: a new cluster in a temporary folder, reached by a socket that only we can open."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.ensure_postgres import MISSING, find_postgres

USER = "postgres"
PASSWORD = "p@ss/w#rd?"


class MissingPostgresError(Exception):
    """There is none here; the message says what to do."""


def postgres_here() -> tuple[Path, str | None]:
    """The folder of its programs, and the account to run them as where that is not ours.

    Raises MissingPostgresError with one sentence.
    """
    binaries = find_postgres()
    if binaries is None:
        raise MissingPostgresError(MISSING)
    # PostgreSQL does not run as root.
    owner = USER if os.geteuid() == 0 else None
    if owner is not None:
        try:
            pwd.getpwnam(owner)
        except KeyError:
            raise MissingPostgresError(f"PostgreSQL has no user {owner} to run as. {MISSING}") from None
    return binaries, owner


@contextmanager
def running_cluster(settings: Mapping[str, str], within: Path | None = None) -> Iterator[Path]:
    """The folder of its socket, `within` another one; over TCP, where `settings` say so, it asks for PASSWORD.

    Raises MissingPostgresError with one sentence where there is none.
    """
    binaries, owner = postgres_here()
    with tempfile.TemporaryDirectory(prefix="test-pg-", dir=within) as name:
        folder = Path(name)
        make_cluster(binaries, folder, owner)
        given = {"fsync": "off", "unix_socket_directories": str(folder), **settings}
        with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{key} = '{value}'\n" for key, value in given.items())
        start_cluster(folder)
        try:
            yield folder
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                stop_cluster(folder)


def start_cluster(folder: Path) -> None:
    """Starts the cluster in `folder`, which was stopped."""
    _control(folder, "-l", str(folder / "log"), "start")


def stop_cluster(folder: Path) -> None:
    """Stops it as a power cut would."""
    _control(folder, "-m", "immediate", "stop")


def _control(folder: Path, *arguments: str) -> None:
    binaries = find_postgres()
    assert binaries is not None
    _run([binaries / "pg_ctl", "-D", folder / "data", "-w", *arguments], USER if os.geteuid() == 0 else None)


def make_cluster(binaries: Path, folder: Path, owner: str | None, *options: str) -> None:
    """A new cluster in `folder`/data, which `owner` has then, by initdb with `options`; TCP asks for PASSWORD."""
    password = folder / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    if owner is not None:
        shutil.chown(folder, owner)
        shutil.chown(password, owner)
    doors = ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}"]
    given = ["-E", "UTF8", "--locale=C", *options]
    _run([binaries / "initdb", "-D", folder / "data", "-U", USER, *doors, *given], owner)


def _run(command: list[str | Path], owner: str | None) -> None:
    done = subprocess.run(
        command, check=False, user=owner, group=owner, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if done.returncode != 0:
        raise MissingPostgresError(f"PostgreSQL does not start: {done.stderr.decode(errors='replace').strip()}")
