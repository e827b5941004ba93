"""What a soak left on the disk of the stopped app, beside what was acknowledged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from coachroom.metrics.facts import disagreements
from coachroom.privacy.client_data import ClientIds, count_rows
from coachroom.store.duck import DuckStore
from tests.bench.community import email
from tests.bench.visits import Client, Ledger

TURNS = "SELECT session_id, id, message, sender FROM conversations"


@dataclass(frozen=True)
class Disk:
    """`missing`: acknowledged turns that are not there, or with other words; `twice`: words that are there too often.

    `facts`: sessions whose facts differ from what their turns give. Of the erased: rows, and marks in any file.
    """

    turns: int
    missing: int
    twice: int
    facts: int
    erased_rows: int
    erased_marks: int


def check_disk(folder: Path, ledger: Ledger, erased: list[Client]) -> Disk:
    store = DuckStore(folder / "coachroom.duckdb")
    try:
        rows = [(str(a), str(b), str(c), str(d)) for a, b, c, d in store.execute(TURNS)]
        stored = {(session, turn): words for session, turn, words, _ in rows}
        said = {
            (session, turn): words
            for session, turns in ledger.said.items()
            if not ledger.whose[session].erased
            for turn, words in turns.items()
        }
        return Disk(
            turns=len(said),
            missing=sum(stored.get(turn) != words for turn, words in said.items()),
            twice=_twice(rows, ledger),
            facts=len(disagreements(store)),
            erased_rows=sum(sum(count_rows(store, _ids(client)).values()) for client in erased),
            erased_marks=_marks(folder, erased),
        )
    finally:
        store.close()


def _twice(rows: list[tuple[str, str, str, str]], ledger: Ledger) -> int:
    """A client says each sentence once; the coach as often as its line carried it."""
    counts = Counter((session, sender, words) for session, _, words, sender in rows)
    return sum(
        max(0, count - (1 if sender == "client" else ledger.heard[session][words]))
        for (session, sender, words), count in counts.items()
        if sender == "client" or ledger.heard[session][words]
    )


def _ids(client: Client) -> ClientIds:
    # Of calls a list is kept on purpose, until the provider has deleted its copies.
    return ClientIds(client.id, tuple(client.sessions), (), (), (email(client.number),))


def _marks(folder: Path, erased: list[Client]) -> int:
    data = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    return sum(data.count(client.mark.encode()) for client in erased)
