"""`make bench-faults`: what breaks in a deployment with two replicas, and what becomes of what is said meanwhile.

Each fault hits the files of deploy/ at work (tests/deployed.py) while clients talk, whose pages keep each turn until
it is acknowledged. With `--kills N` also N kills of random parts, one after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from coachroom.store.postgres import WRITERS_LOCK
from tests.bench.tables import machine
from tests.deployed import Deployment, OwnNetwork, Part, deployed
from tests.deployed_pages import Tally, tally
from tests.deployment import everybody_is_heard, pages_of, talking
from tests.postgres_cluster import USER

CLIENTS, SAYS_EVERY_S = 8, 0.5
HELD_S = 20.0
# Longer than the grace of a session, and than it takes until another replica ends it.
HELD_LONG_S = 120.0
# How long a fault's pages are watched once all is well again.
WATCHED_S = 6.0
DISK_MB, SMALL_DISK_MB = 700, 8
# PostgreSQL's log needs a new file that often; 16 by default.
LOG_FILE_MB = 1
# Of half a megabyte each: more than the disk has.
MAX_LOG_MESSAGES = 3_000
HOUR_S = 3600
PAUSE_OF_KILLS_S = (0.2, 3.0)
BEGIN, END = "<!-- faults -->", "<!-- end of faults -->"
FAKETIME = "/usr/lib/*/faketime/libfaketimeMT.so.1"
TRIES_INSIDE = 400
# A pattern that no fault's name has.
NO_FAULT = "none"
# A replica takes so long to start on a busy machine, and PostgreSQL to recover.
BACK_S = 240

# Does it, takes it back after a while, and says when it began.
Fault = Callable[[Deployment], Awaitable[float]]


@dataclass(frozen=True)
class Outcome:
    """`heard`: after how many seconds of the fault each client had a turn acknowledged that was said after it."""

    name: str
    held_s: float
    found: Tally
    heard: Sequence[float]
    refused: int


# -- the faults ------------------------------------------------------------------------------------------


def killed(part: Callable[[Deployment], Part]) -> Fault:
    async def hit(deployment: Deployment) -> float:
        chosen = await asyncio.to_thread(part, deployment)
        chosen.signal(signal.SIGKILL)
        return time.monotonic()

    return hit


def follower(deployment: Deployment) -> Part:
    leader = deployment.leader()
    return next(each for each in deployment.replicas if each is not leader)


async def stopped_inside_the_lock(deployment: Deployment) -> float:
    """The first replica stands still while it has the lock of all writers."""
    chosen = deployment.replicas[0]
    begun = await asyncio.to_thread(_stop_inside, deployment, chosen)
    await asyncio.sleep(HELD_S)
    chosen.signal(signal.SIGCONT)
    return begun


def _stop_inside(deployment: Deployment, chosen: Part) -> float:
    sql = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s"
    with psycopg.connect(host=deployment.database_host, user=USER, dbname="coachroom", autocommit=True) as looking:

        def inside() -> bool:
            found = {pid for (pid,) in looking.execute(sql, [WRITERS_LOCK]).fetchall()}
            return bool(found & deployment.backends_of(chosen))

        for _ in range(TRIES_INSIDE):
            chosen.signal(signal.SIGSTOP)
            begun = time.monotonic()
            if inside():
                # PostgreSQL has done what it was asked by now.
                time.sleep(0.05)
                if inside():
                    return begun
            chosen.signal(signal.SIGCONT)
            time.sleep(random.uniform(0.005, 0.03))
    raise AssertionError("the replica was never met inside the lock")


async def stood_still(deployment: Deployment) -> float:
    """The first replica stands still for longer than a session waits for its client."""
    chosen = deployment.replicas[0]
    chosen.signal(signal.SIGSTOP)
    begun = time.monotonic()
    await asyncio.sleep(HELD_LONG_S)
    chosen.signal(signal.SIGCONT)
    return begun


def cut(own: OwnNetwork, *, to_database: bool, from_database: bool, held_s: float = HELD_S) -> Fault:
    async def hit(_: Deployment) -> float:
        begun = time.monotonic()
        own.cut(to_database=to_database, from_database=from_database)
        await asyncio.sleep(held_s)
        own.mend()
        return begun

    return hit


async def replicas_disk_full(deployment: Deployment) -> float:
    async with kept_full(deployment.folder / "var"):
        begun = time.monotonic()
        await asyncio.sleep(HELD_S)
    return begun


async def tables_cannot_grow(deployment: Deployment) -> float:
    """The database refuses commits, from the first that needs a page which no file has."""
    return await _database_disk_full(deployment, "could not extend file")


async def log_cannot_grow(deployment: Deployment) -> float:
    """The database stops, as its log needs a new file; it cannot start either until there is space."""
    return await _database_disk_full(deployment, "PANIC: ", fill_log)


async def _database_disk_full(
    deployment: Deployment, refusal: str, fill: Callable[[Deployment], object] | None = None
) -> float:
    log = deployment.database.log
    async with kept_full(deployment.folder / "database"):
        known = log.stat().st_size
        if fill is not None:
            await asyncio.to_thread(fill, deployment)
        deadline = time.monotonic() + BACK_S
        while refusal.encode() not in log.read_bytes()[known:]:
            assert time.monotonic() < deadline, "the database found room for everything"
            await asyncio.sleep(0.05)
        begun = time.monotonic()
        await asyncio.sleep(HELD_S)
    return begun


def fill_log(deployment: Deployment) -> None:
    """Writes into the database's log alone, until it stops."""
    sql = "SELECT pg_logical_emit_message(true, 'filler', repeat('x', 500000))"
    with suppress(psycopg.OperationalError):
        for _ in range(MAX_LOG_MESSAGES):
            deployment.rows(sql, user=USER)


@asynccontextmanager
async def kept_full(place: Path) -> AsyncIterator[None]:
    """Whatever becomes free of this disk is taken until the block ends, to the last block."""
    filler, stop = place / "filler", threading.Event()

    def fill() -> None:
        with filler.open("wb", buffering=0) as file:
            while not stop.wait(0.02):
                for size in (1 << 20, 1 << 12):
                    with suppress(OSError):
                        while file.write(bytes(size)):
                            pass
                full.set()

    full = threading.Event()
    filling = threading.Thread(target=fill)
    filling.start()
    try:
        await asyncio.to_thread(full.wait)
        yield
    finally:
        stop.set()
        await asyncio.to_thread(filling.join)
        filler.unlink()


def jumped(moved: Path, seconds: int) -> Fault:
    """The clock that a replica reads is moved on, and then back."""

    async def hit(_: Deployment) -> float:
        begun = time.monotonic()
        moved.write_text(f"{seconds:+d}", encoding="utf-8")
        await asyncio.sleep(HELD_S)
        moved.write_text("+0", encoding="utf-8")
        return begun

    return hit


# -- what they do ----------------------------------------------------------------------------------------


async def measure(deployment: Deployment, name: str, fault: Fault, numbers: range) -> Outcome:
    pages = await pages_of(deployment, numbers, SAYS_EVERY_S)
    async with talking(pages):
        await everybody_is_heard(pages)
        begun = await fault(deployment)
        held_s = time.monotonic() - begun
        await everybody_is_heard(pages)
        for part in deployment.parts:
            await asyncio.to_thread(part.wait_until_ready)
        await asyncio.sleep(WATCHED_S)
        await everybody_is_heard(pages)
    heard = [at - begun for page in pages if (at := page.first_acknowledged_after(begun))]
    return Outcome(name, held_s, tally(deployment, pages), heard, sum(len(page.refused) for page in pages))


async def measure_kills(
    deployment: Deployment, kills: int, most_minutes: float, numbers: range, seed: int
) -> Outcome:
    """Random parts, each killed as soon as its turn comes and it runs, until there were so many or time is up."""
    chance = random.Random(seed)
    pages = await pages_of(deployment, numbers, SAYS_EVERY_S)
    done, gaps = 0, []
    async with talking(pages):
        await everybody_is_heard(pages)
        begun = time.monotonic()
        while done < kills and time.monotonic() - begun < 60 * most_minutes:
            part = chance.choice(deployment.parts)
            await asyncio.to_thread(part.wait_until_ready, BACK_S)
            part.signal(signal.SIGKILL)
            done += 1
            await asyncio.sleep(chance.uniform(*PAUSE_OF_KILLS_S))
            if done % 20 == 0:
                found = tally(deployment, pages) if deployment.database.is_ready() else None
                print(f"{done} kills in {time.monotonic() - begun:.0f} s: {found}", flush=True)
        last = time.monotonic()
        for part in deployment.parts:
            await asyncio.to_thread(part.wait_until_ready, BACK_S)
        await everybody_is_heard(pages)
        gaps = [at - last for page in pages if (at := page.first_acknowledged_after(last))]
        await asyncio.sleep(WATCHED_S)
    found, refused = tally(deployment, pages), sum(len(page.refused) for page in pages)
    return Outcome(f"{done} kills of random parts", last - begun, found, gaps, refused)


# -- where they are measured -----------------------------------------------------------------------------


@contextmanager
def disk(place: Path, kind: Sequence[str], megabytes: int) -> Iterator[None]:
    """A small disk of its own at this place; only root makes one."""
    place.mkdir(exist_ok=True)
    image = place.with_suffix(".img")
    if kind == ("ext4",):
        with image.open("wb") as file:
            file.truncate(megabytes << 20)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
        subprocess.run(["mount", "-o", "loop", image, place], check=True)
    else:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=False)


def faults_here(own: OwnNetwork | None, moved: Path | None) -> Mapping[str, Fault | str]:
    """Each fault, or why it cannot be made on this machine."""
    no_root = "not tried: only root makes networks and disks"
    found: dict[str, Fault | str] = {
        "kill −9 of the replica that does not lead": no_root if own is None else killed(follower),
        "kill −9 of the replica that leads": no_root if own is None else killed(Deployment.leader),
        "kill −9 of the database": killed(lambda deployment: deployment.database),
        "kill −9 of haproxy": killed(lambda deployment: deployment.haproxy),
        "kill −9 of Caddy": killed(lambda deployment: deployment.caddy),
        "a replica stands still inside the lock": no_root if own is None else stopped_inside_the_lock,
        "a replica stands still for longer than the grace": stood_still,
        "no packet between a replica and the database for as long": no_root
        if own is None
        else cut(own, to_database=True, from_database=True, held_s=HELD_LONG_S),
    }
    ways = {
        "no packet from a replica to the database": (True, False),
        "no packet from the database to a replica": (False, True),
        "no packet either way between them": (True, True),
    }
    for name, (there, back) in ways.items():
        found[name] = no_root if own is None else cut(own, to_database=there, from_database=back)
    disks: dict[str, Fault] = {
        "the database's disk is full: tables cannot grow": tables_cannot_grow,
        "the database's disk is full: its log cannot grow": log_cannot_grow,
        "the replicas' disk is full": replicas_disk_full,
    }
    for name, fault in disks.items():
        found[name] = no_root if own is None else fault
    for name, seconds in {
        "a replica's clock jumps on by an hour": HOUR_S,
        "a replica's clock jumps back by an hour": -HOUR_S,
    }.items():
        found[name] = "not tried: libfaketime is not here" if moved is None else jumped(moved, seconds)
    return found


async def measure_all(
    folder: Path, kills: int, most_minutes: float, only: str, seed: int
) -> tuple[list[Outcome], dict[str, str]]:
    """The outcomes, and why others were not tried."""
    # Kills need no network and no disk of their own.
    apart = os.geteuid() == 0 and only != NO_FAULT
    own = OwnNetwork(f"coachroom-{os.getpid()}", os.getpid() % 250 + 1) if apart else None
    library = next(Path("/").glob(FAKETIME[1:]), None)
    moved = None if library is None else folder / "clock"
    outcomes: list[Outcome] = []
    not_tried: dict[str, str] = {}
    with ExitStack() as running:
        if own is not None:
            running.enter_context(disk(folder / "database", ("ext4",), DISK_MB))
            running.enter_context(disk(folder / "var", ("tmpfs",), SMALL_DISK_MB))
        of_first: dict[str, str] = {}
        if moved is not None:
            moved.write_text("+0", encoding="utf-8")
            of_first = {
                "LD_PRELOAD": str(library),
                "FAKETIME_TIMESTAMP_FILE": str(moved),
                "FAKETIME_CACHE_DURATION": "1",
                "DONT_FAKE_MONOTONIC": "1",
            }
        deployment = running.enter_context(
            deployed(folder, own_network=own, of_first=of_first, log_file_mb=LOG_FILE_MB)
        )
        first = 0
        for name, fault in faults_here(own, moved).items():
            if only and not re.search(only, name):
                continue
            if isinstance(fault, str):
                not_tried[name] = fault
                continue
            try:
                outcome = await measure(deployment, name, fault, range(first, first + CLIENTS))
            except AssertionError as error:
                print(f"{name}: {error}", flush=True)
                not_tried[name] = f"failed: {str(error).splitlines()[0]}"
                first += CLIENTS
                continue
            outcomes.append(outcome)
            print(_row(outcome), flush=True)
            first += CLIENTS
        if kills:
            outcome = await measure_kills(deployment, kills, most_minutes, range(first, first + CLIENTS), seed)
            outcomes.append(outcome)
            print(_row(outcome), flush=True)
    return outcomes, not_tried


# -- the report ------------------------------------------------------------------------------------------


def report(outcomes: Sequence[Outcome], not_tried: Mapping[str, str]) -> str:
    head = (
        "fault",
        "lasted s",
        "acknowledged",
        "lost",
        "twice",
        "sessions ended",
        "normal after s: median",
        "slowest",
    )
    lines = [
        f"{machine()}, load {os.getloadavg()[0]:.0f} at the end.",
        "",
        f"| {' | '.join(head)} |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *map(_row, outcomes),
        *(f"| {name} | {why} | | | | | | |" for name, why in not_tried.items()),
    ]
    return "\n".join(lines)


def _row(outcome: Outcome) -> str:
    found, lasts = outcome.found, f"{outcome.held_s:.0f}" if outcome.held_s >= 1 else "–"
    numbers = [f"{found.acknowledged:,}", *map(str, (found.lost, found.doubled, found.ended))]
    times = [f"{found:.1f}" for found in (median(outcome.heard), max(outcome.heard))]
    return f"| {' | '.join([outcome.name, lasts, *numbers, *times])} |"


def written_into(text: str, section: str) -> str:
    """The document with this between its marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, f"{BEGIN} is not there"
    assert end, f"{END} is not there"
    return f"{before}{begin}\n{section}\n{end}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench-faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=0, help="so many kills of random parts beside the table")
    parser.add_argument("--minutes", type=float, default=25, help="no more kills after so many minutes")
    parser.add_argument(
        "--only", default="", help=f"faults whose name this pattern is found in; {NO_FAULT}: kills alone"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="also writes the table between the marks of this file")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        outcomes, not_tried = asyncio.run(measure_all(Path(name), given.kills, given.minutes, given.only, given.seed))
    section = report(outcomes, not_tried)
    print(section)
    if given.write:
        given.write.write_text(written_into(given.write.read_text(encoding="utf-8"), section), encoding="utf-8")
    return int(any(outcome.found.lost or outcome.found.doubled for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
