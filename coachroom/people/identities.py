"""Who a sign-in is: issuer and subject, once known. The e-mail is only how a member is first found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from coachroom.clock import Clock
from coachroom.errors import CoachroomError
from coachroom.people.audit import write_audit
from coachroom.people.people import ensure_administrator, proven_email
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.people", "identities.sql")

# The issuer of development sign-ins, which prove nothing and never stand against a provider's.
DEVELOPMENT = "development"
MAX_ISSUER_CHARS = 2000
MAX_SUBJECT_CHARS = 255
# What tells one sign-in of a person from the next.
_OF_ONE_SIGN_IN = ("iss", "sub", "iat", "exp", "nonce", "jti", "at_hash")


class Standing(StrEnum):
    """What an identity is to us: nobody's, a member's, one that waits for an administrator's word, or turned away."""

    STRANGER = "stranger"
    KNOWN = "known"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True)
class Identity:
    """Whom a provider has signed in; `email` is the address it vouches for, if any."""

    issuer: str
    subject: str
    email: str | None


@dataclass(frozen=True)
class WaitingIdentity:
    """One that came with the address of a member who is known by another; `since` is naive UTC."""

    issuer: str
    subject: str
    email: str
    since: datetime


def identity_in(claims: Mapping[str, Any]) -> Identity | None:
    """The identity in a provider's claims; None where they name none."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not _is_name(issuer, MAX_ISSUER_CHARS) or not _is_name(subject, MAX_SUBJECT_CHARS) or issuer == DEVELOPMENT:
        return None
    return Identity(str(issuer), str(subject), proven_email(claims))


def sign_in_id(claims: Mapping[str, Any]) -> str | None:
    """A name for the one sign-in at the provider that these claims come from; None where they name nobody."""
    if identity_in(claims) is None:
        return None
    parts = json.dumps([claims.get(name) for name in _OF_ONE_SIGN_IN], default=str)
    return hashlib.sha256(parts.encode()).hexdigest()


def add_identity(transaction: Transaction, identity: Identity, now: datetime) -> None:
    """Remembers that this identity has signed in; one that is there stays as it is."""
    transaction.execute(SQL["add"], [identity.issuer, identity.subject, now])


def settle(transaction: Transaction, identity: Identity, now: datetime) -> None:
    """Decides who an identity with the address of an active member is: that member, unless they are known by another.

    Another one waits for an administrator's word; the audit log says so once.
    """
    ((standing, _),) = transaction.execute(SQL["standing"], [identity.issuer, identity.subject])
    if standing in (Standing.WAITING, Standing.REFUSED):
        return
    others: list[Row] = []
    if identity.issuer != DEVELOPMENT:
        others = transaction.execute(SQL["known_by_others"], [identity.email, identity.issuer, identity.subject])
    standing = Standing.WAITING if others else Standing.KNOWN
    transaction.execute(SQL["set_standing"], [identity.issuer, identity.subject, identity.email, standing, now])
    if others:
        _audit(transaction, "identity.waiting", str(identity.email), identity, now)


def end_sign_ins_of(transaction: Transaction, emails: Iterable[str], now: datetime) -> None:
    """Ends every sign-in of these members that has begun by now."""
    transaction.execute(SQL["end_of_members"], [list(emails), now])


def follow_address(transaction: Transaction, old_email: str, new_email: str) -> None:
    """The member has another address: who is known, waits or was refused for the old one is so for the new one."""
    transaction.execute(SQL["follow_address"], [old_email, new_email])


def forget_identities_since(transaction: Transaction, email: str, since: datetime, now: datetime) -> None:
    """Who has come to be known as this member since then, or waits to be, is a stranger again and signed out."""
    transaction.execute(SQL["forget_since"], [email, since, now])


class Identities:
    """What an administrator, `actor`, sees and decides of identities."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def waiting(self) -> list[WaitingIdentity]:
        """Those that wait for an administrator's word, the longest first."""
        return [WaitingIdentity(*row) for row in self._store.execute(SQL["waiting"])]

    def accept(self, waiting: WaitingIdentity, actor: str) -> None:
        """From now on the member is known by this identity, and by no other. Raises CoachroomError."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            ensure_administrator(transaction, actor)
            _ensure_it_waits(transaction, waiting)
            transaction.execute(SQL["release_others"], [waiting.email, waiting.issuer, waiting.subject, now])
            _put(transaction, waiting, Standing.KNOWN, now)
            _audit(transaction, "identity.accepted", actor, waiting, now)

        self._writer.submit(work).result()

    def refuse(self, waiting: WaitingIdentity, actor: str) -> None:
        """This identity stays out and is not told of again. Raises CoachroomError."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            ensure_administrator(transaction, actor)
            _ensure_it_waits(transaction, waiting)
            _put(transaction, waiting, Standing.REFUSED, now)
            _audit(transaction, "identity.refused", actor, waiting, now)

        self._writer.submit(work).result()


def forget_identities(transaction: Transaction, emails: Iterable[str], actor: str, now: datetime) -> int:
    """These members' next sign-ins are found by e-mail again, their present ones end; how many were known.

    For a community that moves to another provider, where every subject is a new one.
    """
    known = transaction.execute(SQL["of_members"], [list(emails)])
    for (email,) in known:
        transaction.execute(SQL["forget"], [email, now])
        write_audit(transaction, actor=actor, action="identity.forgotten", subject=email, detail={}, now=now)
    return len(known)


def _is_name(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _ensure_it_waits(transaction: Transaction, waiting: WaitingIdentity) -> None:
    found = transaction.execute(SQL["standing"], [waiting.issuer, waiting.subject])
    if found != [(Standing.WAITING, waiting.email)]:
        raise CoachroomError("Another administrator has decided about this sign-in already: load the page again.")


def _put(transaction: Transaction, waiting: WaitingIdentity, standing: Standing, now: datetime) -> None:
    transaction.execute(SQL["set_standing"], [waiting.issuer, waiting.subject, waiting.email, standing, now])


def _audit(
    transaction: Transaction, action: str, actor: str, identity: Identity | WaitingIdentity, now: datetime
) -> None:
    detail = {"issuer": identity.issuer, "subject": identity.subject}
    write_audit(transaction, actor=actor, action=action, subject=str(identity.email), detail=detail, now=now)
