"""Killed at any moment, an import of members and an erasure are done or not begun, never in between."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from coachroom.people import roster
from coachroom.people.skool_export import Export, read_export
from coachroom.privacy.client_data import RULES, ids_of, rows_of
from coachroom.privacy.erasures import Erasures
from coachroom.store.duck import DuckStore
from coachroom.store.replica import ALONE
from coachroom.store.store import Transaction
from tests.services import NOON, delivery, enter, opened, said, settings_for, store_of

KILLS = 5
MEMBERS = 4_000
TURNS = 20_000
# Both run this file's own functions; the argument is a database's folder.
IMPORT = "import sys; from tests.privacy.test_kills import import_members; import_members(sys.argv[1])"
ERASE = "import sys; from tests.privacy.test_kills import erase_ida; erase_ida(sys.argv[1])"


def an_export(tier: str) -> Export:
    rows = "".join(f"m{number}@example.com,u{number},{tier}\n" for number in range(MEMBERS))
    return read_export(f"Email,Member ID,Tier\n{rows}".encode())


def take_in(transaction: Transaction, tier: str) -> None:
    roster.import_export(transaction, an_export(tier), sync=False, confirmed=None, actor="operator", now=NOON)


def import_members(folder: str) -> None:
    """In a process of its own: all members get another tier, as `members import` does it."""
    with opened(Path(folder), lambda: NOON, demo_sign_in=False) as services:
        print("begin", flush=True)
        services.maintenance.write(lambda transaction: take_in(transaction, "Premium"))
        print("done", flush=True)
        time.sleep(60)


def erase_ida(folder: str) -> None:
    """In a process of its own: a client erases themself."""
    with opened(Path(folder), lambda: NOON, demo_sign_in=False) as services:
        print("begin", flush=True)
        services.own_data.erase("c-ida", "ida@example.com")
        print("done", flush=True)
        time.sleep(60)


def killed(code: str, folder: Path, after: float) -> bool:
    """Kills the process that runs `code` so many seconds after it begins; whether it was done."""
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begin\n"
    time.sleep(after)
    process.kill()
    rest = process.stdout.read()
    process.stdout.close()
    process.wait()
    return rest.startswith("done")


def seconds_of(code: str, folder: Path) -> float:
    """How long `code` takes from its beginning to its end."""
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begin\n"
    begin = time.monotonic()
    assert process.stdout.readline() == "done\n"
    seconds = time.monotonic() - begin
    process.kill()
    process.stdout.close()
    process.wait()
    return seconds


def copy_of(base: Path, name: str) -> Path:
    return Path(shutil.copytree(base, base.with_name(name)))


def content(path: Path, tables: tuple[str, ...]) -> dict[str, list[Any]]:
    store = DuckStore(path)
    rows = {table: store.execute(f"SELECT * FROM {table} ORDER BY ALL") for table in tables}
    store.close()
    return rows


def test_an_import_of_members_is_whole_or_not_there(tmp_path: Path) -> None:
    chance, base = random.Random(20261201), tmp_path / "base"
    with opened(base, lambda: NOON, demo_sign_in=False) as services:
        services.maintenance.write(lambda transaction: take_in(transaction, "Free"))
    whole = copy_of(base, "whole")
    seconds = seconds_of(IMPORT, whole)

    def state(folder: Path) -> dict[str, Any]:
        found = content(folder / "coachroom.duckdb", ("members", "roster_changes", "audit_log"))
        # Ids are drawn anew in each process.
        changes = sorted(map(str, (row[1:] for row in found["roster_changes"])))
        return {"members": found["members"], "changes": changes, "audit": [row[2:] for row in found["audit_log"]]}

    before, after = state(base), state(whole)
    assert before != after
    outcomes = []
    for number in range(KILLS):
        folder = copy_of(base, f"killed-{number}")
        done = killed(IMPORT, folder, chance.uniform(0, 1.2) * seconds)
        now = state(folder)
        assert now in (before, after)
        assert now == after or not done, "what was said to be done is done"
        outcomes.append(now == after)
        shutil.rmtree(folder)
    assert False in outcomes


def test_an_erasure_is_whole_or_not_begun_after_the_next_start(tmp_path: Path) -> None:
    chance, base = random.Random(20261202), tmp_path / "base"
    with opened(base, lambda: NOON, demo_sign_in=False) as services:
        for client in ("c-ida", "c-bo"):
            store_of(services).execute(
                "INSERT INTO client_profiles (id, display_name, created_at) VALUES ($1, $1, $2)", [client, NOON]
            )
            store_of(services).execute(
                "INSERT INTO members (email, display_name, role, status, source, client_id, created_at, updated_at) "
                "VALUES ($1, 'I', 'client', 'active', 'skool', $2, $3, $3)",
                [f"{client.removeprefix('c-')}@example.com", client, NOON],
            )
            session = enter(services, client)
            services.intake.receive(session.id, delivery(said(1, f"I am {client}"), sent_at=NOON))
            store_of(services).execute(
                "INSERT INTO conversations (session_id, seq, id, message, sender, timestamp, context) "
                "SELECT $1, 1000 + n, 'x.' || n, 'word ' || n, 'client', $2, '{}' FROM range($3) AS r (n)",
                [session.id, NOON, TURNS],
            )
    seconds = seconds_of(ERASE, copy_of(base, "whole"))

    def rows_by_client(folder: Path) -> dict[str, dict[str, int] | None]:
        """After the next start; None for a client of whom nothing is left."""
        with opened(folder, lambda: NOON, demo_sign_in=False) as services:
            store = store_of(services)
            counts: dict[str, dict[str, int] | None] = {}
            for client in ("c-ida", "c-bo"):
                known = store.execute("SELECT 1 FROM client_profiles WHERE id = $1", [client])
                if known:
                    counts[client] = {table: len(rows) for table, rows in rows_of(store, ids_of(store, client))}
                else:
                    text = str([store.execute(f"SELECT * FROM {table}") for table in RULES if table != "audit_log"])
                    assert client not in text
                    assert store.execute("SELECT count(*) FROM conversations") == [(TURNS + 1,)]
                    counts[client] = None
            return counts

    before = rows_by_client(copy_of(base, "looked-at"))
    outcomes = []
    for number in range(KILLS):
        folder = copy_of(base, f"killed-{number}")
        done = killed(ERASE, folder, chance.uniform(0, 1.2) * seconds)
        with closing(DuckStore(folder / "coachroom.duckdb")) as store:
            listed = bool(Erasures.of(settings_for(folder), ALONE).all(store))
        after = rows_by_client(folder)
        assert after["c-bo"] == before["c-bo"]
        assert after["c-ida"] == (None if listed else before["c-ida"])
        assert listed or not done, "what was said to be done is done"
        outcomes.append(listed)
        shutil.rmtree(folder)
    assert True in outcomes
