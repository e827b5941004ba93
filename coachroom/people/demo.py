"""The demo people of development sign-in: three clients, their coach, an analyst and an admin."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.people", "demo.sql")


@dataclass(frozen=True)
class DemoPerson:
    """One row of demo_people.csv; `client_id` is set for clients only, and the same in every database."""

    email: str
    display_name: str
    role: str
    client_id: str | None
    coach_email: str | None


def demo_people() -> list[DemoPerson]:
    """The demo people, clients first."""
    file = resources.files("coachroom.people").joinpath("demo_people.csv")
    return [
        DemoPerson(row["email"], row["display_name"], row["role"], row["id"] or None, row["coach_email"] or None)
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    ]


def seed_demo_people(writer: Writer, now: datetime) -> None:
    """Adds the demo people who are not there yet; those who are stay as they are. Waits for the commit."""
    people = demo_people()
    clients = [person for person in people if person.client_id is not None]

    def work(transaction: Transaction) -> None:
        transaction.execute(
            SQL["add_demo_members"],
            [
                [person.email for person in people],
                [person.display_name for person in people],
                [person.role for person in people],
                [person.client_id for person in people],
                [person.coach_email for person in people],
                now,
            ],
        )
        transaction.execute(
            SQL["add_demo_clients"],
            [[person.client_id for person in clients], [person.display_name for person in clients], now],
        )

    writer.submit(work).result()
