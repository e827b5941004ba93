"""Many clients with one row each in every table that keeps words, and a mark in all of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from coachroom.app.container import Services
from coachroom.store.store import Transaction
from tests.metrics.community import write_facts
from tests.services import writer_of

STATEMENTS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


def fill(services: Services, clients: int, moment: datetime, mark: str = "mark") -> None:
    """Client n, of whom the first two are Ana and Ben, has `mark`, then n in four digits, then an x."""
    statements = STATEMENTS.replace("'mark'", f"'{mark}'").split(";\n")

    def work(transaction: Transaction) -> None:
        for statement in statements:
            given = [clients, moment]
            # A statement is given no more values than it asks for.
            used = [value for n, value in enumerate(given, start=1) if f"${n}" in statement]
            wanted = statement if "$1" in statement or "$2" not in statement else statement.replace("$2", "$1")
            transaction.execute(wanted, used)
        write_facts(transaction, [f"s{n}" for n in range(clients)])

    writer_of(services).submit(work).result()
