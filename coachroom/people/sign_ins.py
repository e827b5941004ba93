"""Sign-ins: each begins once, ends by itself when it is idle or old, and may be asked for at every door."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from coachroom.clock import Clock
from coachroom.people.audit import write_audit
from coachroom.people.identities import DEVELOPMENT, Identity, Standing, add_identity, end_sign_ins_of, settle
from coachroom.people.people import People, Person, ensure_administrator
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.people", "sign_ins.sql")

# So long after it began a sign-in opens what may be done only by whoever has just signed in.
FRESH = timedelta(minutes=15)
# The use of a sign-in is written down once in this part of the time after which it is idle.
_NOTED_PART = 0.01


class SignInRefusal(StrEnum):
    """Why a sign-in opens no door."""

    SIGNED_OUT = "signed out"
    IDLE = "idle"
    TOO_OLD = "too old"
    NO_MEMBER = "no member"
    OTHER_IDENTITY = "other identity"


_OVER = frozenset({SignInRefusal.SIGNED_OUT, SignInRefusal.IDLE, SignInRefusal.TOO_OLD})


@dataclass(frozen=True)
class SignInLimits:
    """A sign-in is over when it was not used for `idle`, and `longest` after it began."""

    idle: timedelta
    longest: timedelta


@dataclass(frozen=True)
class CheckedSignIn:
    """What a sign-in is worth now: a member, or the reason why not; `email` is the address it came with.

    `started_at` (naive UTC) is there where it opens doors.
    """

    person: Person | None = None
    refusal: SignInRefusal | None = None
    email: str | None = None
    started_at: datetime | None = None

    def fresh(self, now: datetime) -> bool:
        """Whether it began so lately that it is still the member who sits there."""
        return self.started_at is not None and now - self.started_at < FRESH


@dataclass(frozen=True)
class _SignIn:
    """One sign-in, with what its identity is to us; `known_as` is a member's e-mail."""

    id: str
    identity: Identity
    started_at: datetime
    last_used_at: datetime
    standing: Standing
    known_as: str | None
    not_before: datetime | None

    def refusal(self, limits: SignInLimits, now: datetime, *, is_member: bool) -> SignInRefusal | None:
        """Why it opens no door at this moment, if it does not; `is_member`: whether `known_as` is active."""
        if not is_member:
            return SignInRefusal.NO_MEMBER
        if self.standing is not Standing.KNOWN:
            return SignInRefusal.OTHER_IDENTITY
        if self.not_before is not None and self.started_at <= self.not_before:
            return SignInRefusal.SIGNED_OUT
        if now - self.started_at >= limits.longest:
            return SignInRefusal.TOO_OLD
        return SignInRefusal.IDLE if now - self.last_used_at >= limits.idle else None


class SignIns:
    """Begins, checks and ends sign-ins. Every door asks `check`."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        people: People,
        clock: Clock,
        limits: SignInLimits,
        *,
        development: bool,
    ) -> None:
        """`development`: whether development sign-ins count."""
        self._store = store
        self._writer = writer
        self._people = people
        self._clock = clock
        self._limits = limits
        self._development = development

    def begin(self, id: str, identity: Identity) -> None:
        """Remembers a sign-in that has just succeeded; returns once it is on disk. Raises StoreError."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            add_identity(transaction, identity, now)
            transaction.execute(SQL["begin"], [id, identity.issuer, identity.subject, identity.email, now])

        self._writer.submit(work).result()

    def check(self, id: str) -> CheckedSignIn:
        """What this sign-in is worth now. Counts as its use. Raises StoreError."""
        now = self._clock()
        sign_in, person = self._find(id)
        if sign_in is not None and person is None and self._settle(sign_in, now):
            sign_in, person = self._find(id)
        if sign_in is None:
            return CheckedSignIn(refusal=SignInRefusal.SIGNED_OUT)
        refusal = sign_in.refusal(self._limits, now, is_member=person is not None)
        if refusal is not None:
            return CheckedSignIn(refusal=refusal, email=sign_in.identity.email)
        self._note_use(sign_in, now)
        return CheckedSignIn(person, email=sign_in.identity.email, started_at=sign_in.started_at)

    def good(self, ids: Iterable[str]) -> set[str]:
        """Which of these sign-ins still open doors. Does not count as their use."""
        now = self._clock()
        found = ((_sign_in(row), is_member) for *row, is_member in self._store.execute(SQL["several"], [list(ids)]))
        return {
            each.id
            for each, is_member in found
            if self._counts(each) and not each.refusal(self._limits, now, is_member=is_member)
        }

    def end(self, id: str) -> None:
        """Signs out: every sign-in of this one's person that has begun by now is over, in every browser.

        One that is over already ends no other: who kept its cookie signs out nobody.
        """
        now = self._clock()
        sign_in, person = self._find(id)
        refusal = (
            sign_in.refusal(self._limits, now, is_member=person is not None) if sign_in else SignInRefusal.SIGNED_OUT
        )
        if sign_in is None or refusal in _OVER:
            return
        identity = sign_in.identity

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["end_of_identity"], [identity.issuer, identity.subject, now])
            if person is not None and refusal is None:
                _end(transaction, person.email, person.email, "sign_out", now)

        self._writer.submit(work).result()

    def end_all_of(self, email: str, actor: str) -> None:
        """Signs a member out everywhere, at the word of `actor`, an administrator. Raises CoachroomError."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            ensure_administrator(transaction, actor)
            _end(transaction, email, actor, "sign_out.everywhere", now)

        self._writer.submit(work).result()

    def sweep(self) -> None:
        """Deletes sign-ins that are over by their age, and strangers who have none left."""
        now = self._clock()
        begun, used = now - self._limits.longest, now - self._limits.idle

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["sweep"], [begun, used])
            transaction.execute(SQL["sweep_strangers"], [])

        self._writer.submit(work).result()

    def _find(self, id: str) -> tuple[_SignIn | None, Person | None]:
        """The sign-in, and the active member it is known as."""
        for row in self._store.execute(SQL["find"], [id]):
            sign_in = _sign_in(row)
            if self._counts(sign_in):
                return sign_in, self._people.find(sign_in.known_as) if sign_in.known_as else None
        return None, None

    def _counts(self, sign_in: _SignIn) -> bool:
        return self._development or sign_in.identity.issuer != DEVELOPMENT

    def _settle(self, sign_in: _SignIn, now: datetime) -> bool:
        """Finds out who somebody is who is known as no active member; False where nobody has their address."""
        identity = sign_in.identity
        if identity.email is None or identity.email == sign_in.known_as or not self._people.find(identity.email):
            return False
        self._writer.submit(lambda transaction: settle(transaction, identity, now)).result()
        return True

    def _note_use(self, sign_in: _SignIn, now: datetime) -> None:
        if now - sign_in.last_used_at >= self._limits.idle * _NOTED_PART and self._writer.alive:
            id = sign_in.id
            self._writer.submit(lambda transaction: transaction.execute(SQL["note_use"], [id, now]))


def _sign_in(row: Sequence[Any]) -> _SignIn:
    id, issuer, subject, email, started_at, last_used_at, standing, known_as, not_before = row
    identity = Identity(issuer, subject, email)
    return _SignIn(id, identity, started_at, last_used_at, Standing(standing), known_as, not_before)


def _end(transaction: Transaction, email: str, actor: str, action: str, now: datetime) -> None:
    end_sign_ins_of(transaction, [email], now)
    write_audit(transaction, actor=actor, action=action, subject=email, detail={}, now=now)
