"""A PostgreSQL of the bench's own: a new cluster in a temporary folder, reached by a socket that only we can open."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.peers.peer import MissingPeerError

USER = "postgres"
# Where Debian keeps them, a folder a version.
DEBIAN = Path("/usr/lib/postgresql")
INSTALL = "install it (Debian: apt-get install postgresql), then try again"
# Room to sort and hash in memory, as somebody would give it who runs dashboards on it; one core a query.
SETTINGS = {
    "listen_addresses": "''",
    "shared_buffers": "1GB",
    "work_mem": "512MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "4GB",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",
    "max_wal_size": "4GB",
    "fsync": "off",
    "timezone": "UTC",
}


@contextmanager
def running_cluster() -> Iterator[str]:
    """Where to connect to. Raises MissingPeerError with one sentence where there is no PostgreSQL."""
    binaries = _binaries()
    # PostgreSQL does not run as root.
    owner = USER if os.geteuid() == 0 else None
    if owner is not None:
        try:
            pwd.getpwnam(owner)
        except KeyError:
            raise MissingPeerError(f"PostgreSQL has no user {owner} to run as: {INSTALL}.") from None
    with tempfile.TemporaryDirectory(prefix="bench-pg-") as name:
        folder = Path(name)
        if owner is not None:
            shutil.chown(folder, owner)
        data = folder / "data"
        _run([binaries / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C"], owner)
        options = " ".join(f"-c {key}={value}" for key, value in SETTINGS.items())
        start = [binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", f"-k {folder} {options}"]
        _run([*start, "start"], owner)
        try:
            yield f"host={folder} user={USER} dbname=postgres"
        finally:
            _run([binaries / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], owner)


def _binaries() -> Path:
    """Where initdb and pg_ctl are; Debian does not put them on PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    installed = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not installed:
        raise MissingPeerError(f"PostgreSQL not found: {INSTALL}.")
    return installed[-1].parent


def _run(command: list[str | Path], owner: str | None) -> None:
    done = subprocess.run(
        command, check=False, user=owner, group=owner, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if done.returncode != 0:
        raise MissingPeerError(f"PostgreSQL does not start: {done.stderr.decode(errors='replace').strip()}")
