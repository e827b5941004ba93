"""A database with as many clients as a bench needs, and their way past the sign-in page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from coachroom.app.container import Services, open_services
from coachroom.clock import utc_now
from coachroom.people.identities import DEVELOPMENT, Identity
from coachroom.people.signed_tokens import SignedTokens
from coachroom.rooms import consent
from coachroom.settings import load
from coachroom.store.store import Transaction
from tests.services import writer_of

SECRET = "a-secret-for-tests-of-more-than-32-characters"


def prepare(folder: Path, clients: int) -> list[str]:
    """Makes the database with so many clients who have agreed to the notice; the rooms' ids."""
    services = open_services(load(database=folder / "coachroom.duckdb", cookie_secret=SECRET, demo_community=False))
    add_members(services, range(clients))
    for number in range(clients):
        services.sign_ins.begin(email(number), Identity(DEVELOPMENT, email(number), email(number)))
    rooms = [services.rooms.create(f"client-{number}").id for number in range(clients)]
    services.close()
    return rooms


def add_members(services: Services, numbers: range) -> None:
    """Clients who have agreed to the notice."""
    now = utc_now()

    def work(transaction: Transaction) -> None:
        for number in numbers:
            transaction.execute(
                "INSERT INTO members (email, display_name, role, status, client_id, source, created_at, updated_at) "
                "VALUES ($1, $2, 'client', 'active', $3, 'manual', $4, $4)",
                [email(number), f"Client {number}", f"client-{number}", now],
            )
            transaction.execute(
                "INSERT INTO client_profiles (id, created_at) VALUES ($1, $2)", [f"client-{number}", now]
            )
            transaction.execute(
                "INSERT INTO consents VALUES ($1, $2, $3)", [f"client-{number}", consent.VERSION, now]
            )

    writer_of(services).submit(work).result()


def email(number: int) -> str:
    return f"client-{number}@bench.example"


def sign_in_cookie(number: int) -> str:
    """The value of a signed-in client's cookie."""
    return SignedTokens(SECRET, longest_sign_in=timedelta(days=1)).issue_sign_in(email(number))
