"""Does to the roster what an event says, for clients alone: no hook makes or removes anybody else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from coachroom.people import roster
from coachroom.people.audit import write_audit
from coachroom.people.member import Member
from coachroom.people.member_events import MemberEvent, MemberEventError, MemberEventKind
from coachroom.people.people import Role
from coachroom.people.roster import ErasedAt
from coachroom.people.skool_export import Export
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.people", "member_hook.sql")

ACTOR = "hook"
# An event that is sent again is known for so long: by its id, and without one by what it says. That is shorter, as
# who joins again says the same.
ID_KEPT = timedelta(days=30)
CONTENT_KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class HookAnswer:
    """What the sender is told. `taken`: nothing has to be done about it by anybody."""

    sentence: str
    taken: bool = True


KNOWN = HookAnswer("This event is known already.")
NO_CLIENT = "This member is no client: coaches, analysts and administrators are changed by an administrator alone."


def receive_event(
    transaction: Transaction, event: MemberEvent, key: str, *, erased_at: ErasedAt, now: datetime
) -> HookAnswer:
    """Within the caller's transaction, once for each `key`: does what the event says. Raises MemberEventError."""
    kept = ID_KEPT if event.id is not None else CONTENT_KEPT
    if transaction.execute(SQL["is_known"], [key, now - kept]):
        return KNOWN
    answer = _apply(transaction, event, erased_at, now)
    if answer.taken:
        transaction.execute(SQL["put"], [key, now])
    elif not transaction.execute(SQL["is_known"], [_refused(key), now - ID_KEPT]):
        # However often it is sent again.
        _write_refusal(transaction, event, erased_at, now)
        transaction.execute(SQL["put"], [_refused(key), now])
    return answer


def sweep_events(transaction: Transaction, now: datetime) -> None:
    """Forgets events that are too old to be sent again."""
    transaction.execute(SQL["forget"], [now - ID_KEPT])


def _refused(key: str) -> str:
    return f"refused {key}"


def _apply(transaction: Transaction, event: MemberEvent, erased_at: ErasedAt, now: datetime) -> HookAnswer:
    existing = roster.members(transaction)
    before = existing.get(event.row.email)
    if before is not None and before.role != Role.CLIENT:
        # Nothing to do for them is no refusal: they may pay and answer as others do.
        return HookAnswer(NO_CLIENT, taken=event.kind is not MemberEventKind.CANCELLED)
    if event.kind is MemberEventKind.PAID:
        return _paid(transaction, event, existing, erased_at, now)
    if before is None:
        return HookAnswer("No member has this e-mail: nothing was changed or kept.")
    if event.kind is MemberEventKind.ANSWERED:
        return _answered(transaction, event, before, now)
    if before.status == "removed":
        return HookAnswer("This member was removed already.")
    roster.set_member(transaction, before.email, role=None, status="removed", coach=None, actor=ACTOR, now=now)
    return HookAnswer("The member is removed.")


def _paid(
    transaction: Transaction, event: MemberEvent, existing: dict[str, Member], erased_at: ErasedAt, now: datetime
) -> HookAnswer:
    decided = roster.plan(Export((event.row,), ()), existing, sync=False, erased_at=erased_at)
    if decided.unclear:
        return HookAnswer(f"This event cannot be taken: {decided.unclear[0].reason}.", taken=False)
    if decided.readdressed:
        # Whoever may send events must not give somebody's account another address.
        reason = "its member ID is another address's: import the member export, where you see the change first"
        return HookAnswer(f"This event cannot be taken: {reason}.", taken=False)
    if not decided.writes:
        return HookAnswer("This member is one already: nothing was changed.")
    roster.write_one(transaction, decided, event=event.kind, actor=ACTOR, now=now)
    return HookAnswer("The member may sign in.")


def _answered(transaction: Transaction, event: MemberEvent, before: Member, now: datetime) -> HookAnswer:
    if event.row.answers is None:
        raise MemberEventError("This event has no answers: send Question1, Answer1 and so on.")
    after = replace(before, answers=event.row.answers)
    roster.write_changed(transaction, before, after, event=event.kind, actor=ACTOR, now=now)
    return HookAnswer("The answers are stored.")


def _write_refusal(transaction: Transaction, event: MemberEvent, erased_at: ErasedAt, now: datetime) -> None:
    row = event.row
    erased = erased_at(name for name in (row.email, row.member_id) if name) is not None
    # Whoever was erased is not named again.
    subject = "somebody who was erased" if erased else row.email
    write_audit(
        transaction,
        actor=ACTOR,
        action="members.hook_refused",
        subject=subject,
        detail={"event": event.kind},
        now=now,
    )
