"""What administrators do to the roster while the app runs, each in one transaction and in the audit log."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from coachroom.clock import Clock
from coachroom.errors import CoachroomError
from coachroom.people import roster
from coachroom.people.assignments import AssignmentFile, AssignmentPlan, assign, plan_assignments
from coachroom.people.audit import write_audit_of_each
from coachroom.people.member import Member
from coachroom.people.member_events import MemberEvent
from coachroom.people.member_hook import HookAnswer, receive_event, sweep_events
from coachroom.people.people import Person, ensure_administrator
from coachroom.people.roster import ErasedAt, RosterPlan, UndoneImport
from coachroom.people.roster_changes import RosterImport, sweep_changes, undoable_imports
from coachroom.people.skool_export import Export
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

NOT_YOURSELF = "You cannot change your own role or remove yourself: ask another administrator."
NO_MAIL = "Nobody was invited: no mail server is set up (COACHROOM_SMTP_HOST and COACHROOM_MAIL_FROM)."
MAX_INVITED = 1000
Result = TypeVar("Result")
# Within the transaction: invites the member by mail; False where an invitation is on its way already.
Invite = Callable[[Transaction, Member], bool]


class Members:
    """Safe to use from many threads. `by` is who does it: an administrator, or CoachroomError is raised."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        *,
        erased_at: Callable[[Store | Transaction], ErasedAt],
        invite: Invite | None,
    ) -> None:
        """`erased_at` reads the list of erasures anew, as of the transaction in which it is asked.

        `invite` is None where no mail can be sent.
        """
        self._store = store
        self._writer = writer
        self._clock = clock
        self._erased_at = erased_at
        self._invite = invite

    def all(self) -> dict[str, Member]:
        """All members by e-mail."""
        return roster.members(self._store)

    def coaches(self) -> list[Member]:
        """Whom clients may be assigned to, by name."""
        found = (each for each in self.all().values() if roster.may_coach(each))
        return sorted(found, key=lambda coach: coach.display_name.lower())

    def add(self, email: str, *, name: str, role: str, coach: str | None, by: Person) -> Member:
        """Adds one member. Raises CoachroomError where there is one already, or the coach is none."""
        now = self._clock()

        def work(transaction: Transaction) -> Member:
            return roster.add_member(transaction, email, name=name, role=role, coach=coach, actor=by.email, now=now)

        return self._write(work, by)

    def change(self, email: str, *, role: str | None = None, status: str | None = None, by: Person) -> Member:
        """Changes role or status, whatever is not None; their sign-ins end. Raises CoachroomError."""
        if email == by.email:
            raise CoachroomError(NOT_YOURSELF)
        now = self._clock()

        def work(transaction: Transaction) -> Member:
            return roster.set_member(
                transaction, email, role=role, status=status, coach=None, actor=by.email, now=now
            )

        return self._write(work, by)

    def assign(self, emails: Sequence[str], coach: str | None, *, by: Person) -> int:
        """Gives these clients a coach, or none; how many of them are active clients. Raises CoachroomError."""
        now = self._clock()

        def work(transaction: Transaction) -> int:
            return assign(transaction, dict.fromkeys(emails, coach), actor=by.email, now=now)

        return self._write(work, by)

    def invite(self, emails: Sequence[str], *, by: Person) -> int:
        """Invites these members by mail; how many, without those to whom one is on its way. Raises CoachroomError."""
        now, invite = self._clock(), self._invite
        if invite is None:
            raise CoachroomError(NO_MAIL)
        if len(emails) > MAX_INVITED:
            raise CoachroomError(f"Nobody was invited: choose at most {MAX_INVITED:,} at once, not {len(emails):,}.")

        def work(transaction: Transaction) -> int:
            known = roster.members(transaction)
            active = [known[email] for email in emails if email in known and known[email].status == "active"]
            if not active:
                raise CoachroomError("Nobody was invited: choose active members first.")
            invited = [member.email for member in active if invite(transaction, member)]
            write_audit_of_each(
                transaction, actor=by.email, action="members.invite", subjects=invited, detail={}, now=now
            )
            return len(invited)

        return self._write(work, by)

    def preview_assignments(self, file: AssignmentFile) -> AssignmentPlan:
        """What the file would change. Changes nothing."""
        return plan_assignments(file, self.all())

    def apply_assignments(self, file: AssignmentFile, previewed: AssignmentPlan, *, by: Person) -> int:
        """Does what was previewed; how many clients have another coach now. Raises CoachroomError."""
        now = self._clock()

        def work(transaction: Transaction) -> int:
            if plan_assignments(file, roster.members(transaction)) != previewed:
                raise CoachroomError(CHANGED_MEANWHILE)
            coaches = {client: coach for client, _, coach in previewed.changes}
            assign(transaction, coaches, actor=by.email, now=now)
            return len(coaches)

        return self._write(work, by)

    def preview_import(self, export: Export, *, sync: bool) -> RosterPlan:
        """What importing it would change. Changes nothing."""
        return roster.plan(export, self.all(), sync=sync, erased_at=self._erased_at(self._store))

    def apply_import(
        self, export: Export, previewed: RosterPlan, *, sync: bool, removes: int, by: Person
    ) -> RosterPlan:
        """Does what was previewed. `removes` is the number of removals that was confirmed. Raises CoachroomError."""
        now = self._clock()

        def work(transaction: Transaction) -> RosterPlan:
            existing = roster.members(transaction)
            if roster.plan(export, existing, sync=sync, erased_at=self._erased_at(transaction)) != previewed:
                raise CoachroomError(CHANGED_MEANWHILE)
            if previewed.removes_many and removes != len(previewed.removed):
                raise CoachroomError(
                    f"Nothing was imported: the file would remove {len(previewed.removed)} of {previewed.removable} "
                    "members from Skool. If that is right, type this number into the field."
                )
            counts = previewed.counts() | {"rejected": len(export.rejected), "sync": sync}
            roster.write_plan(transaction, previewed, existing, counts=counts, actor=by.email, now=now)
            return previewed

        return self._write(work, by)

    def undoable_imports(self) -> list[RosterImport]:
        """The imports of the last day, the latest first."""
        return undoable_imports(self._store, self._clock())

    def undo_import(self, import_id: str, *, by: Person) -> UndoneImport:
        """Takes an import back. Raises CoachroomError where that is over."""
        now = self._clock()

        def work(transaction: Transaction) -> UndoneImport:
            return roster.undo_import(transaction, import_id, actor=by.email, now=now)

        return self._write(work, by)

    def receive(self, event: MemberEvent, *, id: str | None, secret: str) -> HookAnswer:
        """Does what a hook's event says, once. `id`: the one that it was sent with. Raises CoachroomError.

        `secret` keys the hashes by which events are known again.
        """
        now = self._clock()
        event = replace(event, id=event.id or id)
        named = f"{event.kind} {event.id}" if event.id is not None else event.content
        key = hmac.new(secret.encode(), named.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

        def work(transaction: Transaction) -> HookAnswer:
            return receive_event(transaction, event, key, erased_at=self._erased_at(transaction), now=now)

        return self._writer.submit(work).result()

    def sweep(self) -> None:
        """Deletes what was kept for undoing imports, or for knowing events again, and is too old for it."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            sweep_changes(transaction, now)
            sweep_events(transaction, now)

        self._writer.submit(work).result()

    def _write(self, work: Callable[[Transaction], Result], by: Person) -> Result:
        def checked(transaction: Transaction) -> Result:
            ensure_administrator(transaction, by.email)
            return work(transaction)

        return self._writer.submit(checked).result()


CHANGED_MEANWHILE = "Nothing was changed: the roster is another than it was for the preview. Look at the new one."
