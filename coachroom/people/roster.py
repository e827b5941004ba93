"""The membership roster: what a Skool member export would change, changing it, and changing members by hand.

Deciding (`plan`) touches no database, so a page can show what would happen before it does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from coachroom.clock import short_date
from coachroom.errors import CoachroomError, ImportFileError
from coachroom.people.audit import write_audit
from coachroom.people.identities import end_sign_ins_of, follow_address, forget_identities_since
from coachroom.people.member import Member
from coachroom.people.people import Role
from coachroom.people.roster_changes import RosterChange, keep_changes, take_changes, undoable_imports
from coachroom.people.skool_export import Export, ExportRow, RejectedRow, clean_email, shown
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.people", "roster.sql")

STATUSES = ("active", "removed")
# A sync never touches these: an export of the community must not lock its operators out.
KEPT_ROLES = frozenset({Role.COACH, Role.ADMIN})
MAX_SHARE_REMOVED = 0.30
SHOWN_FIELDS = {"display_name": "name", "tier": "tier", "skool_member_id": "member ID", "joined_at": "joined"}


@dataclass(frozen=True)
class MemberChange:
    """A member of whom the export says something new, as another e-mail. `member` is as it is afterwards."""

    before: Member
    member: Member


@dataclass(frozen=True)
class RosterPlan:
    """What an import would do; every member is as it would be afterwards.

    `readdressed` have another e-mail now, and the same member ID on Skool; other things may have changed as well.
    `removed` is empty unless the plan is for a sync. `removable` is how many active members came from Skool before.
    `unclear` are rows that two members claim, neither of whom is changed, rows with another member ID than the
    member's, and rows of people who were erased.
    """

    added: tuple[Member, ...]
    readdressed: tuple[MemberChange, ...]
    changed: tuple[MemberChange, ...]
    reactivated: tuple[MemberChange, ...]
    removed: tuple[Member, ...]
    unchanged: int
    removable: int
    unclear: tuple[RejectedRow, ...] = ()

    @property
    def writes(self) -> tuple[Member, ...]:
        changes = self.readdressed + self.changed + self.reactivated
        return self.added + tuple(change.member for change in changes) + self.removed

    @property
    def removes_many(self) -> bool:
        """Whether so many would be removed that somebody confirms their number first."""
        return len(self.removed) > MAX_SHARE_REMOVED * self.removable

    def rejected(self, export: Export) -> list[RejectedRow]:
        """Every row of the file that is not taken, by its line."""
        return sorted((*export.rejected, *self.unclear), key=lambda row: row.line)

    def counts(self) -> dict[str, int]:
        """How many members each part has, by its name."""
        return {
            "added": len(self.added),
            "new address": len(self.readdressed),
            "changed": len(self.changed),
            "reactivated": len(self.reactivated),
            "removed": len(self.removed),
            "unchanged": self.unchanged,
        }


# When somebody with one of these addresses or member IDs was erased, if they were.
ErasedAt = Callable[[Iterable[str]], datetime | None]


def _nobody_was_erased(_: Iterable[str]) -> None:
    return None


def plan(
    export: Export, existing: Mapping[str, Member], *, sync: bool, erased_at: ErasedAt = _nobody_was_erased
) -> RosterPlan:
    """What importing `export` would do to the members there are (by e-mail). Changes nothing."""
    added, readdressed, changed, reactivated, unclear = [], [], [], [], []
    export = _with_known_tiers(export, existing)
    by_id = _by_member_id(export, existing)
    for person in export.rows:
        before, same_id = existing.get(person.email), by_id.get(person.member_id or "")
        if before is not None and same_id is not None and before.email != same_id.email:
            unclear.append(_claimed_by_two(person, same_id))
        elif before is not None and _is_another(person, before):
            unclear.append(_has_another_id(person, before))
        elif before is None and same_id is not None:
            readdressed.append(MemberChange(same_id, _after(person, replace(same_id, email=person.email))))
        elif before is None and (at := erased_at(name for name in (person.email, person.member_id) if name)):
            unclear.append(_erased(person, at))
        elif before is None:
            added.append(_after(person, None))
        elif before.status == "removed":
            # Only an operator removes a coach or an admin: being on Skool does not give those rights back.
            if before.role not in KEPT_ROLES:
                reactivated.append(MemberChange(before, _after(person, before)))
        elif (after := _after(person, before)) != before:
            changed.append(MemberChange(before, after))
    # Whoever stands in a row that was rejected, or has a new address, is a member all the same.
    present = {person.email for person in export.rows} | {row.email for row in export.rejected if row.email}
    present |= {member.email for member in by_id.values()}
    from_skool = [member for member in existing.values() if member.source == "skool" and member.status == "active"]
    leavers = [m for m in from_skool if m.email not in present and m.role not in KEPT_ROLES] if sync else []
    written = len(added) + len(readdressed) + len(changed) + len(reactivated) + len(unclear)
    return RosterPlan(
        added=tuple(added),
        readdressed=tuple(readdressed),
        changed=tuple(changed),
        reactivated=tuple(reactivated),
        removed=tuple(replace(member, status="removed") for member in leavers),
        unchanged=len(export.rows) - written,
        removable=len(from_skool),
        unclear=tuple(unclear),
    )


def _with_known_tiers(export: Export, existing: Mapping[str, Member]) -> Export:
    """The export with each tier written as most members have it, or else as its first row: "Standard" beside
    "standard" would be two tiers in every filter."""
    written = Counter(member.tier for member in existing.values() if member.tier)
    known: dict[str, str] = {}
    for tier, _ in written.most_common():
        known.setdefault(tier.casefold(), tier)
    rows = (
        replace(row, tier=known.setdefault(row.tier.casefold(), row.tier)) if row.tier else row for row in export.rows
    )
    return replace(export, rows=tuple(rows))


def _by_member_id(export: Export, existing: Mapping[str, Member]) -> dict[str, Member]:
    """The clients whom the export names by their member ID on Skool. An ID that stands twice names nobody."""
    named = Counter(person.member_id for person in export.rows if person.member_id)
    known = Counter(member.skool_member_id for member in existing.values() if member.skool_member_id)
    return {
        member.skool_member_id: member
        for member in existing.values()
        if member.skool_member_id
        and member.role == Role.CLIENT
        and named[member.skool_member_id] == known[member.skool_member_id] == 1
    }


def _erased(person: ExportRow, at: datetime) -> RejectedRow:
    reason = f"they were erased on {short_date(at)}: add them by hand to take them in again, if they want it"
    return RejectedRow(person.line, reason, person.email)


def _is_another(person: ExportRow, before: Member) -> bool:
    """Whether Skool means somebody else than we do by the e-mail: each of the two has a member ID there."""
    return None not in (person.member_id, before.skool_member_id) and person.member_id != before.skool_member_id


def _has_another_id(person: ExportRow, before: Member) -> RejectedRow:
    reason = (
        f"the member with this e-mail has another member ID here, {before.skool_member_id}: if it is the same "
        "person, leave the ID out of this row"
    )
    return RejectedRow(person.line, reason, person.email)


def _claimed_by_two(person: ExportRow, same_id: Member) -> RejectedRow:
    reason = f"the member ID is {same_id.email}'s, the e-mail another member's: change one of them by hand"
    return RejectedRow(person.line, reason, person.email)


def refuse_mass_removal(plan: RosterPlan, confirmed: int | None) -> None:
    """Raises ImportFileError if a sync would remove many members and nobody confirmed their exact number."""
    count = len(plan.removed)
    if confirmed is not None and confirmed != count:
        raise ImportFileError(
            f"The sync would remove {count} members, not {confirmed}: look at it with --dry-run, nothing was written."
        )
    if confirmed is None and plan.removes_many:
        raise ImportFileError(
            f"The sync would remove {count} of {plan.removable} active members, which looks like an incomplete "
            f"export; nothing was written. If it is right, repeat it with --yes-remove {count}."
        )


def _after(person: ExportRow, before: Member | None) -> Member:
    """The member as it is after the import: what the export leaves empty, and role and coach, stay as they were."""
    if before is None:
        local_part = person.email.partition("@")[0]
        before = Member(person.email, display_name=local_part, role="client", status="active")
    return replace(
        before,
        display_name=person.display_name or before.display_name,
        status="active",
        skool_member_id=person.member_id or before.skool_member_id,
        tier=person.tier or before.tier,
        joined_at=person.joined_at or before.joined_at,
        answers=person.answers or before.answers,
    )


def what_differs(change: MemberChange) -> list[str]:
    """What an import changes of a member, such as "tier: free → standard"; answers are named, and not told."""
    lines = []
    for field, label in SHOWN_FIELDS.items():
        old, new = getattr(change.before, field), getattr(change.member, field)
        if old != new:
            lines.append(f"{label}: {_shown_value(old)} → {_shown_value(new)}")
    return lines + (["answers"] if change.before.answers != change.member.answers else [])


def _shown_value(value: str | datetime | None) -> str:
    if isinstance(value, datetime):
        return short_date(value)
    return value or "none"


def may_coach(member: Member) -> bool:
    """Whether clients may be assigned to this member."""
    return member.status == "active" and member.role in KEPT_ROLES


def may_administer(member: Member) -> bool:
    """Whether this member may change others."""
    return member.status == "active" and member.role == Role.ADMIN


def members(source: Store | Transaction) -> dict[str, Member]:
    """All members by e-mail, in the order of e-mails."""
    found = [Member(*row) for row in source.execute(SQL["members"])]
    return {member.email: member for member in found}


def import_export(
    transaction: Transaction,
    export: Export,
    *,
    sync: bool,
    confirmed: int | None,
    actor: str,
    now: datetime,
    erased_at: ErasedAt = _nobody_was_erased,
) -> RosterPlan:
    """Writes what `plan` says, all in the caller's transaction. Raises ImportFileError before the first write."""
    existing = members(transaction)
    decided = plan(export, existing, sync=sync, erased_at=erased_at)
    refuse_mass_removal(decided, confirmed)
    counts = decided.counts() | {"rejected": len(export.rejected), "sync": sync}
    write_plan(transaction, decided, existing, counts=counts, actor=actor, now=now)
    return decided


def write_plan(
    transaction: Transaction,
    decided: RosterPlan,
    existing: Mapping[str, Member],
    *,
    counts: Mapping[str, int],
    actor: str,
    now: datetime,
) -> None:
    """Within the caller's transaction: writes what was planned for `existing`; `counts` go into the audit log."""
    if not decided.writes:
        return
    keep_changes(transaction, _changes(decided, existing), actor, now)
    for change in decided.readdressed:
        _readdress(transaction, change.before.email, change.member.email, actor, now)
    _put(transaction, decided.writes, now)
    end_sign_ins_of(transaction, [member.email for member in decided.removed], now)
    write_audit(transaction, actor=actor, action="members.import", subject="members", detail=counts, now=now)


def write_one(transaction: Transaction, decided: RosterPlan, *, event: str, actor: str, now: datetime) -> None:
    """Within the caller's transaction: writes what was planned for one member, which nobody undoes as an import."""
    for change in decided.readdressed:
        _readdress(transaction, change.before.email, change.member.email, actor, now)
    _put(transaction, decided.writes, now)
    change_made = next(name for name, count in decided.counts().items() if count)
    detail = {"event": event, "change": change_made}
    for member in decided.writes:
        write_audit(transaction, actor=actor, action="members.hook", subject=member.email, detail=detail, now=now)


def write_changed(
    transaction: Transaction, before: Member, after: Member, *, event: str, actor: str, now: datetime
) -> None:
    """Within the caller's transaction: the member is as in `after`; nothing is written where that is so already."""
    if after != before:
        _put(transaction, [after], now)
        detail = {"event": event, "change": "changed"}
        write_audit(transaction, actor=actor, action="members.hook", subject=after.email, detail=detail, now=now)


def _changes(decided: RosterPlan, existing: Mapping[str, Member]) -> list[RosterChange]:
    old = {change.member.email: change.before.email for change in decided.readdressed}
    return [RosterChange(each.email, existing.get(old.get(each.email, each.email))) for each in decided.writes]


@dataclass(frozen=True)
class UndoneImport:
    """`left_alone`: the members who stay as they are, each with the reason."""

    restored: int
    left_alone: tuple[tuple[str, str], ...]


def undo_import(transaction: Transaction, import_id: str, *, actor: str, now: datetime) -> UndoneImport:
    """Gives the members of an import back what they had before; who was changed since then stays as they are.

    Raises CoachroomError where the import can be undone no more.
    """
    undoable = {each.id: each for each in undoable_imports(transaction, now)}
    if import_id not in undoable:
        raise CoachroomError("This import can be undone no more: it was undone already, or a day has passed.")
    imported_at = undoable[import_id].imported_at
    changes = take_changes(transaction, import_id)
    known = members(transaction)
    untouched = {email for (email,) in transaction.execute(SQL["last_written_at"], [imported_at])}
    restored: list[Member] = []
    added: list[str] = []
    left_alone: list[tuple[str, str]] = []
    for change in changes:
        reason = _why_left_alone(change, known, untouched)
        if reason is not None:
            left_alone.append((change.email, reason))
        elif change.before is None:
            added.append(change.email)
        else:
            if change.before.email != change.email:
                # Who signed in by an address that is the client's no more is not the client.
                forget_identities_since(transaction, change.email, imported_at, now)
                _readdress(transaction, change.email, change.before.email, actor, now)
            restored.append(change.before)
    transaction.execute(SQL["remove_added"], [added])
    if restored:
        _put(transaction, restored, now)
        transaction.execute(SQL["never_left"], [[member.email for member in restored], imported_at])
    out = [*added, *(member.email for member in restored if member.status == "removed")]
    end_sign_ins_of(transaction, out, now)
    undone = UndoneImport(len(added) + len(restored), tuple(left_alone))
    detail = {"restored": undone.restored, "left alone": len(left_alone)}
    write_audit(transaction, actor=actor, action="members.import_undone", subject="members", detail=detail, now=now)
    return undone


def _why_left_alone(change: RosterChange, known: Mapping[str, Member], untouched: Set[str]) -> str | None:
    before = change.before
    if change.email not in untouched:
        return "changed, or signed in for the first time, since the import"
    if before is not None and before.email != change.email and before.email in known:
        return f"{before.email} is another member's address by now"
    return None


def add_member(
    transaction: Transaction,
    email: str,
    *,
    name: str | None,
    role: str,
    coach: str | None,
    actor: str,
    now: datetime,
) -> Member:
    """Adds one member by hand. Raises CoachroomError if there is one already or the coach is none."""
    address = _checked_email(email)
    known = members(transaction)
    if address in known:
        raise CoachroomError(
            f"{address} is a member already ({known[address].role}, {known[address].status}): "
            "change that member instead."
        )
    display_name = (name or "").strip() or address.partition("@")[0]
    member = Member(address, display_name, role, "active", source="manual")
    if coach is not None:
        member = replace(member, coach_email=_checked_coach(coach, member, known))
    _put(transaction, [member], now)
    detail = {"role": role, "coach": member.coach_email}
    write_audit(transaction, actor=actor, action="members.add", subject=address, detail=detail, now=now)
    return member


def set_member(
    transaction: Transaction,
    email: str,
    *,
    role: str | None,
    status: str | None,
    coach: str | None,
    actor: str,
    now: datetime,
) -> Member:
    """Changes what is not None of a member; coach "none" leaves a client without one.

    Raises CoachroomError, for the last active administrator too, who stays one.
    """
    address = _checked_email(email)
    known = members(transaction)
    if address not in known:
        raise CoachroomError(f"There is no member {address}: add them first.")
    before = known[address]
    member = replace(before, role=role or before.role, status=status or before.status)
    if coach is not None:
        member = replace(member, coach_email=_checked_coach(coach, member, known))
    elif member.role != "client":
        member = replace(member, coach_email=None)
    if may_administer(before) and not may_administer(member) and sum(map(may_administer, known.values())) == 1:
        raise CoachroomError(f"{address} is the last active administrator: add another one first.")
    if member != before:
        _put(transaction, [member], now)
        # Pages of the role that they had must not stay open.
        if member.status == "removed" or member.role != before.role:
            end_sign_ins_of(transaction, [member.email], now)
        detail = _differences(before, member)
        write_audit(transaction, actor=actor, action="members.set", subject=address, detail=detail, now=now)
    return member


def _differences(before: Member, after: Member) -> dict[str, str | None]:
    """What of role, status and coach was changed, as it is afterwards."""
    each = {"role": "role", "status": "status", "coach": "coach_email"}
    return {
        name: getattr(after, field) for name, field in each.items() if getattr(before, field) != getattr(after, field)
    }


def _checked_email(text: str) -> str:
    email = clean_email(text)
    if email is None:
        raise CoachroomError(f"{shown(text)} is not an e-mail address: give one like ana@example.com.")
    return email


def _checked_coach(text: str, member: Member, known: Mapping[str, Member]) -> str | None:
    if text == "none":
        return None
    if member.role != "client":
        raise CoachroomError(f"{member.email} is a {member.role}: only clients have a coach, leave the coach out.")
    coach = known.get(_checked_email(text))
    if coach is None or not may_coach(coach):
        raise CoachroomError(f"{shown(text)} is no active coach: add them as a coach first.")
    return coach.email


def _readdress(transaction: Transaction, old: str, new: str, actor: str, now: datetime) -> None:
    """Client, coach and history stay the member's, and so does the account that they sign in with."""
    transaction.execute(SQL["readdress"], [old, new])
    follow_address(transaction, old, new)
    write_audit(transaction, actor=actor, action="members.address", subject=old, detail={"new": new}, now=now)


def _put(transaction: Transaction, rows: Iterable[Member], now: datetime) -> None:
    columns: list[list[Any]] = [
        list(column)
        for column in zip(
            *(
                (
                    *(row.email, row.display_name, row.role, row.status, row.coach_email),
                    *(row.skool_member_id, row.tier, row.joined_at, row.answers, row.source),
                )
                for row in rows
            ),
            strict=True,
        )
    ]
    transaction.execute(SQL["put_members"], [*columns, now])
