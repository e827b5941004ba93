"""Who somebody is to us: an active member of the roster, found by the e-mail that a sign-in has proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from coachroom.clock import Clock, new_id
from coachroom.errors import CoachroomError
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.people", "people.sql")

NO_ADMINISTRATOR = "Nothing was changed: you are no administrator any more. Ask another one."


class Role(StrEnum):
    CLIENT = "client"
    COACH = "coach"
    ANALYST = "analyst"
    ADMIN = "admin"


@dataclass(frozen=True)
class Person:
    """An active member. Clients have a profile, `client_id`; nobody else needs one."""

    email: str
    name: str
    role: Role
    client_id: str | None
    demo: bool


def proven_email(claims: Mapping[str, Any]) -> str | None:
    """The e-mail in an identity provider's claims, in lower case, if the provider vouches for it."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        return None
    return email.strip().lower() or None


def ensure_administrator(transaction: Transaction, email: str) -> None:
    """Within the caller's transaction: whoever changes others still may. Raises CoachroomError.

    Asked where the change is made, as the role may go while it waits: two who remove each other leave one.
    """
    found = transaction.execute(SQL["find_member"], [email])
    if not found or _person(found[0]).role is not Role.ADMIN:
        raise CoachroomError(NO_ADMINISTRATOR)


class People:
    """The roster as sign-in sees it."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def find(self, email: str) -> Person | None:
        """The active member with this e-mail; a client's first session finds or makes their profile."""
        found = self._store.execute(SQL["find_member"], [email])
        if not found:
            return None
        person = _person(found[0])
        if person.role is Role.CLIENT and person.client_id is None:
            return replace(person, client_id=self._make_profile(email))
        return person

    def client_id_of(self, email: str) -> str | None:
        """The client's id of a member, who may have been removed; None where they have none."""
        found = self._store.execute(SQL["client_id_of"], [email])
        return str(found[0][0]) if found else None

    def email_of(self, client_id: str) -> str | None:
        """The address of this client, if they may come in."""
        found = self._store.execute(SQL["email_of"], [client_id])
        return str(found[0][0]) if found else None

    def coach_of(self, client_id: str) -> str | None:
        """The name of the human coach that the client is assigned to."""
        found = self._store.execute(SQL["coach_of"], [client_id])
        return str(found[0][0]) if found else None

    def demo_people(self) -> list[Person]:
        """Whom one may sign in as during development."""
        return [_person(row) for row in self._store.execute(SQL["demo_members"])]

    def _make_profile(self, email: str) -> str:
        now = self._clock()

        def work(transaction: Transaction) -> str:
            known = _person(transaction.execute(SQL["find_member"], [email])[0]).client_id
            if known is not None:
                return known
            imported = transaction.execute(SQL["profile_of_skool_member"], [email])
            client_id = imported[0][0] if imported else new_id(now)
            if not imported:
                transaction.execute(SQL["add_profile"], [client_id, email, now])
            transaction.execute(SQL["link_profile"], [client_id, email, now])
            return client_id

        return self._writer.submit(work).result()


def _person(row: Row) -> Person:
    email, name, role, client_id, source = row
    return Person(email, name, Role(role), client_id, source == "demo")
