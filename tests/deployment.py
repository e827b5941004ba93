"""Runs the files of deploy/ on this machine, each as it stands but for ports, folders, accounts and certificates.

python -m tests.deployment: pages and events through both proxies, a restart of each replica in turn and a kill of one
while clients talk, a backup and its restoring, coturn, and the units by systemd's own check. Exit status 1 if
something fails; a program that this machine has not is named.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.certificates import make_certificate
from tests.deployed import ACCOUNT, SECRET, Deployment, Part, deployed, text_of
from tests.deployed_pages import Page, add_clients, tally
from tests.open_server import until
from tests.postgres_cluster import USER
from tests.proxies import running, try_limits
from tests.server import ROOT, free_port

CLIENTS = 6
SAYS_EVERY_S = 0.5
# The grace of a session by default, and after how long more another replica ends it.
GRACE_S, END_AFTER_S = 60, 40
PROGRAMS = ("haproxy", "caddy", "age", "age-keygen", "pg_dump", "pg_restore", "psql", "turnserver", "systemd-analyze")
BINDING_REQUEST, BINDING_SUCCESS = b"\x00\x01", b"\x01\x01"
STUN_COOKIE = b"\x21\x12\xa4\x42"
TRIES_TO_SIGN_IN = 5


def main() -> int:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        print(f"not on this machine, so nothing was tried: {', '.join(missing)}")
        return 1
    try_units()
    say("the units and the timer are valid")
    try_coturn()
    say("coturn runs with its file and answers")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        secret_key, public_key = new_backup_key(folder)
        settings = {"COACHROOM_SIGN_INS_A_MINUTE": str(TRIES_TO_SIGN_IN)}
        with deployed(folder, backup_key=public_key, settings=settings) as deployment:
            say("PostgreSQL, two replicas, haproxy and Caddy run with their files")
            asyncio.run(try_talks(deployment))
            try_limits(deployment.origin, int(deployment.origin.rpartition(":")[2]), deployment.tls)
            say("what is too large or too slow is refused, and a false X-Forwarded-For gives nobody more tries")
            try_backup(deployment, secret_key)
            say("a backup was encrypted, restored into an empty database, and every table has its rows")
    return 0


def say(sentence: str) -> None:
    print(sentence, flush=True)


def try_units() -> None:
    """systemd's own check of the units, with programs and accounts of this machine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = ("/opt/coachroom/.venv/bin/python", sys.executable)
        place = ("WorkingDirectory=/opt/coachroom", f"WorkingDirectory={ROOT}")
        backup = ("/opt/coachroom/deploy/backup", str(ROOT / "deploy" / "backup"))
        units = {
            "coachroom@.service": text_of("coachroom@.service", python, place),
            "coachroom-backup.service": text_of("coachroom-backup.service", backup),
            "coachroom-backup.timer": text_of("coachroom-backup.timer"),
        }
        for file, text in units.items():
            (folder / file).write_text(text, encoding="utf-8")
        named = ("coachroom@8501.service", "coachroom-backup.service", "coachroom-backup.timer")
        paths = [str(folder / file) for file in named]
        checked = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False)
        said = [line for line in checked.stderr.splitlines() if "coachroom" in line]
        assert checked.returncode == 0, checked.stderr
        assert not said, said


def try_coturn() -> None:
    """It listens with deploy/turnserver.conf and answers a STUN request."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tls, port, tls_port = make_certificate(folder), free_port(), free_port()
        config = folder / "turnserver.conf"
        text = text_of(
            "turnserver.conf",
            ("listening-port=3478", f"listening-ip=127.0.0.1\nlistening-port={port}"),
            ("tls-listening-port=5349", f"tls-listening-port={tls_port}"),
            ("static-auth-secret=REPLACE", f"static-auth-secret={SECRET}"),
            ("/etc/ssl/certs/turn.example.com.pem", str(tls.certificate)),
            ("/etc/ssl/private/turn.example.com.key", str(tls.key)),
        )
        config.write_text(text, encoding="utf-8")
        files = ["--log-file", "stdout", "--pidfile", str(folder / "pid"), "--userdb", str(folder / "users")]
        with running(["turnserver", "-c", str(config), *files], port, folder / "log"):
            transaction = os.urandom(12)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                line.settimeout(5)
                line.sendto(BINDING_REQUEST + b"\x00\x00" + STUN_COOKIE + transaction, ("127.0.0.1", port))
                answer = line.recv(2048)
            assert answer[:2] == BINDING_SUCCESS, answer
            assert answer[8:20] == transaction, answer
            log = (folder / "log").read_text(encoding="utf-8", errors="replace")
            assert "Bad configuration" not in log, log


async def try_talks(deployment: Deployment) -> None:
    """Clients talk all the while; no acknowledged turn is lost or doubled and no session ends."""
    pages = await pages_of(deployment, range(CLIENTS), SAYS_EVERY_S)
    async with talking(pages):
        await everybody_is_heard(pages)
        replicas = {page.replica for page in pages}
        assert replicas == {"r1", "r2"}, replicas
        say(f"{len(pages)} pages are open through both proxies, at both replicas, and report turns")
        for replica in deployment.replicas:
            await restart(replica)
            await everybody_is_heard(pages)
        assert all(page.sockets > 1 for page in pages)
        say("each replica was stopped and started in turn, and every page moved")
        deployment.replicas[0].signal(signal.SIGKILL)
        await everybody_is_heard(pages)
        await asyncio.to_thread(deployment.replicas[0].wait_until_ready)
        say("a replica was killed and came back by itself")
        await stand_still(deployment, pages)
    found = tally(deployment, pages)
    assert (found.lost, found.doubled, found.ended, found.sessions) == (0, 0, 0, len(pages)), found
    assert found.acknowledged == found.said, found
    assert not any(page.refused for page in pages), [page.refused for page in pages]
    say(f"all {found.acknowledged} turns were acknowledged and are there once; all {len(pages)} sessions go on")


async def pages_of(deployment: Deployment, numbers: range, every_s: float) -> list[Page]:
    """The rooms' pages of new clients."""
    folder = Path(tempfile.mkdtemp(dir=deployment.folder))
    clients = await asyncio.to_thread(add_clients, deployment, folder, numbers)
    return [Page(client, deployment, "page-1", every_s) for client in clients]


@asynccontextmanager
async def talking(pages: list[Page]) -> Any:
    """Until the block ends; then whatever waits is still sent."""
    stop = asyncio.Event()
    talks = [asyncio.create_task(page.live(stop)) for page in pages]
    try:
        yield
        stop.set()
        await asyncio.wait_for(asyncio.gather(*talks), 120)
    finally:
        for each in talks:
            each.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def everybody_is_heard(pages: list[Page]) -> list[float]:
    """Waits until of each page a turn is acknowledged that it says from now on; after how many seconds each was."""
    moment = time.monotonic()
    found = [await _becomes(lambda page=page: page.first_acknowledged_after(moment)) for page in pages]
    return [at - moment for at in found]


async def _becomes(value: Callable[[], float | None], seconds: float = 120) -> float:
    deadline = time.monotonic() + seconds
    while (found := value()) is None:
        assert time.monotonic() < deadline, "a page is not heard any more"
        await asyncio.sleep(0.02)
    return found


async def restart(replica: Part) -> None:
    """As `systemctl restart` does."""
    await asyncio.to_thread(replica.stop)
    replica.start()
    await asyncio.to_thread(replica.wait_until_ready)


async def stand_still(deployment: Deployment, pages: list[Page]) -> None:
    """A replica does nothing any more, and ends nothing: its pages go on at the other one, also once it is back."""
    begun = time.monotonic()
    # Whoever comes now may come to either.
    chosen = max(deployment.replicas, key=lambda replica: sum(page.replica == replica.name for page in pages))
    there = {page: page.sockets for page in pages if page.replica == chosen.name}
    chosen.signal(signal.SIGSTOP)
    try:
        await everybody_is_heard(pages)
        heard_s = time.monotonic() - begun
        await asyncio.to_thread(until, lambda: all(page.sockets > before for page, before in there.items()), 120)
        moved_s = time.monotonic() - begun
        # By now their seats would be empty, had they not moved.
        await asyncio.sleep(GRACE_S + END_AFTER_S - moved_s)
    finally:
        chosen.signal(signal.SIGCONT)
    await asyncio.to_thread(chosen.wait_until_ready)
    await everybody_is_heard(pages)
    say(
        f"a replica stood still: all {len(pages)} clients were heard after {heard_s:.0f} s, its {len(there)} pages "
        f"had moved after {moved_s:.0f} s, and it went on"
    )


# -- backups ---------------------------------------------------------------------------------------------


def new_backup_key(folder: Path) -> tuple[Path, str]:
    """The file with the secret key, and the public one."""
    path = folder / "key.txt"
    made = subprocess.run(["age-keygen", "-o", path], capture_output=True, text=True, check=True)
    return path, made.stderr.strip().rpartition(" ")[2]


def try_backup(deployment: Deployment, secret_key: Path) -> None:
    """deploy/backup and deploy/restore, with the settings of deploy/coachroom.env."""
    for replica in deployment.replicas:
        replica.stop()
    deployment.rows(
        "INSERT INTO outbox (key, kind, channel, recipient, about, state, tries, created_at, next_try_at) VALUES "
        "('due', 'invitation', 'mail', 'ana@example.com', '{}', 'waiting', 0, now(), now() - INTERVAL '1 minute'), "
        "('later', 'invitation', 'mail', 'ana@example.com', '{}', 'waiting', 0, now(), now() + INTERVAL '1 day')"
    )
    place = deployment.folder / "backups"
    place.mkdir()
    assert script(deployment, "backup", place).returncode == 0
    (backup,) = place.glob("*.dump.age")
    assert backup.read_bytes().startswith(b"age-encryption.org/")
    assert backup.stat().st_mode & 0o077 == 0
    # Words of theirs can be read in no part of it.
    assert b"client 1 says" not in backup.read_bytes()
    full = script(deployment, "restore", backup, secret_key)
    assert full.returncode == 2, full.stderr
    assert "holds" in full.stderr
    deployment.rows(f"CREATE DATABASE restored OWNER {ACCOUNT}", user=USER, database="postgres")
    other_key, _ = new_backup_key(Path(tempfile.mkdtemp(dir=deployment.folder)))
    assert script(deployment, "restore", backup, other_key, database="restored").returncode != 0
    assert not tables(deployment, "restored"), "a restore with a wrong key left something"
    cut = place / "cut.age"
    cut.write_bytes(backup.read_bytes()[:-1000])
    assert script(deployment, "restore", cut, secret_key, database="restored").returncode != 0
    assert not tables(deployment, "restored"), "a backup that was cut off left something"
    done = script(deployment, "restore", backup, secret_key, database="restored")
    assert done.returncode == 0, done.stderr
    before, after = counts(deployment, ACCOUNT), counts(deployment, "restored")
    assert before == after, (before, after)
    assert before["conversations"] > 0
    states = deployment.rows("SELECT key, state FROM outbox ORDER BY key", database="restored")
    assert states == [("due", "given_up"), ("later", "waiting")], states
    try_erasing_after_a_backup(deployment, backup, secret_key)


def try_erasing_after_a_backup(deployment: Deployment, backup: Path, secret_key: Path) -> None:
    """It brings nobody back who was erased since, on a machine that knows only what stands beside a later backup."""
    ((client,),) = deployment.rows("SELECT client_id FROM sessions ORDER BY id LIMIT 1")
    environment = {**deployment.environment, "COACHROOM_DATABASE": deployment.address(ACCOUNT)}
    environment["COACHROOM_DATA_DIR"] = str(deployment.folder / "var")
    erase = [sys.executable, "-m", "coachroom", "erase", client]
    subprocess.run(erase, cwd=ROOT, env=environment, check=True, capture_output=True)
    assert script(deployment, "backup", backup.parent).returncode == 0
    (deployment.folder / "var" / "coachroom.postgresql.erased.jsonl").unlink()
    deployment.rows(f"CREATE DATABASE erased OWNER {ACCOUNT}", user=USER, database="postgres")
    done = script(deployment, "restore", backup, secret_key, database="erased")
    assert done.returncode == 0, done.stderr
    for table in ("client_profiles", "sessions", "conversations"):
        before = deployment.rows(f"SELECT count(*) FROM {table}")
        assert deployment.rows(f"SELECT count(*) FROM {table}", database="erased") == before, table
    assert not deployment.rows(f"SELECT 1 FROM sessions WHERE client_id = '{client}'", database="erased")


def script(
    deployment: Deployment, name: str, *given: Path, database: str = ACCOUNT
) -> subprocess.CompletedProcess[str]:
    """Runs a copy of deploy/`name` that knows where coachroom is."""
    path = deployment.folder / name
    here = (("/opt/coachroom", str(ROOT)), (".venv/bin/python", sys.executable)) if name == "restore" else ()
    path.write_text(text_of(name, *here), encoding="utf-8")
    path.chmod(0o700)
    environment = {**deployment.environment, "COACHROOM_DATABASE": deployment.address(database)}
    environment["COACHROOM_DATA_DIR"] = str(deployment.folder / "var")
    return subprocess.run([path, *given], env=environment, capture_output=True, text=True, check=False)


def tables(deployment: Deployment, database: str) -> list[str]:
    sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
    return [name for (name,) in deployment.rows(sql, database=database)]


def counts(deployment: Deployment, database: str) -> dict[str, int]:
    """How many rows each table has."""
    found = {}
    for table in tables(deployment, database):
        name = psycopg.sql.Identifier(table).as_string()
        ((found[table],),) = deployment.rows(f"SELECT count(*) FROM {name}", database=database)
    return found


if __name__ == "__main__":
    sys.exit(main())
