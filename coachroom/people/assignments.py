"""Which coach has which clients: given one by one, many at once, or by a file of e-mails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from coachroom.errors import CoachroomError, ImportFileError
from coachroom.people import roster
from coachroom.people.audit import write_audit_of_each
from coachroom.people.member import Member
from coachroom.people.people import Role
from coachroom.people.skool_export import RejectedRow, clean_email, csv_records, plain_heading, shown
from coachroom.store.store import Transaction

CLIENT_HEADINGS = frozenset({"client", "clientemail", "email", "member", "memberemail"})
COACH_HEADINGS = frozenset({"coach", "coachemail", "humancoach"})


@dataclass(frozen=True)
class AssignmentRow:
    """One row of the file: both are e-mails, `coach` is None where the client is to have none."""

    line: int
    client: str
    coach: str | None


@dataclass(frozen=True)
class AssignmentFile:
    rows: tuple[AssignmentRow, ...]
    rejected: tuple[RejectedRow, ...]


@dataclass(frozen=True)
class AssignmentPlan:
    """`changes`: client, coach before, coach afterwards, all by e-mail."""

    changes: tuple[tuple[str, str | None, str | None], ...]
    unchanged: int
    rejected: tuple[RejectedRow, ...]


def read_assignments(data: bytes) -> AssignmentFile:
    """The rows of a CSV with the columns client and coach. Raises ImportFileError where it cannot be taken."""
    records = csv_records(data)
    _, heading = next(records, (0, []))
    names = [plain_heading(title) for title in heading]
    client_at = [place for place, name in enumerate(names) if name in CLIENT_HEADINGS]
    coach_at = [place for place, name in enumerate(names) if name in COACH_HEADINGS]
    if len(client_at) != 1 or len(coach_at) != 1:
        raise ImportFileError(
            "The file needs two columns, client and coach, named so in its first line: each row is the e-mail of a "
            "client and the e-mail of their coach."
        )
    rows: list[AssignmentRow] = []
    rejected: list[RejectedRow] = []
    seen: dict[str, int] = {}
    for line, fields in records:
        row = _row(line, _field(fields, client_at[0]), _field(fields, coach_at[0]))
        if isinstance(row, AssignmentRow) and row.client in seen:
            row = RejectedRow(line, f"{row.client} stands in line {seen[row.client]} already", row.client)
        if isinstance(row, RejectedRow):
            rejected.append(row)
        else:
            seen[row.client] = line
            rows.append(row)
    return AssignmentFile(tuple(rows), tuple(rejected))


def plan_assignments(file: AssignmentFile, known: Mapping[str, Member]) -> AssignmentPlan:
    """What the file would change for the members there are. Changes nothing."""
    changes: list[tuple[str, str | None, str | None]] = []
    rejected = list(file.rejected)
    unchanged = 0
    for row in file.rows:
        reason = _why_not(row, known)
        if reason is not None:
            rejected.append(RejectedRow(row.line, reason, row.client))
        elif known[row.client].coach_email == row.coach:
            unchanged += 1
        else:
            changes.append((row.client, known[row.client].coach_email, row.coach))
    return AssignmentPlan(tuple(changes), unchanged, tuple(sorted(rejected, key=lambda each: each.line)))


def assign(transaction: Transaction, coaches: Mapping[str, str | None], *, actor: str, now: datetime) -> int:
    """Within the caller's transaction: gives clients the coach that stands beside their e-mail, or none.

    Whoever is no active client is passed over; how many were not. Raises CoachroomError for a coach who is none.
    """
    known = roster.members(transaction)
    for wanted in {each for each in coaches.values() if each is not None}:
        if wanted not in known or not roster.may_coach(known[wanted]):
            raise CoachroomError(f"{shown(wanted)} is no active coach: choose another one.")
    clients = [each for each in coaches if each in known and _is_active_client(known[each])]
    by_coach: defaultdict[str | None, list[str]] = defaultdict(list)
    for client in clients:
        if known[client].coach_email != coaches[client]:
            by_coach[coaches[client]].append(client)
    for coach, emails in by_coach.items():
        transaction.execute(roster.SQL["assign"], [emails, coach, now])
        write_audit_of_each(
            transaction, actor=actor, action="members.set", subjects=emails, detail={"coach": coach}, now=now
        )
    return len(clients)


def _is_active_client(member: Member) -> bool:
    return member.role == Role.CLIENT and member.status == "active"


def _field(fields: list[str], place: int) -> str:
    return fields[place].strip() if place < len(fields) else ""


def _row(line: int, client_text: str, coach_text: str) -> AssignmentRow | RejectedRow:
    client, coach = clean_email(client_text), clean_email(coach_text)
    if client is None:
        reason = f"{shown(client_text)} is not an e-mail address" if client_text else "the client's e-mail is missing"
        return RejectedRow(line, reason)
    if coach is None and coach_text.lower() not in ("", "none"):
        return RejectedRow(line, f"{shown(coach_text)} is not an e-mail address", client)
    if not coach_text:
        return RejectedRow(line, 'the coach is missing: write "none" where the client is to have none', client)
    return AssignmentRow(line, client, coach)


def _why_not(row: AssignmentRow, known: Mapping[str, Member]) -> str | None:
    member = known.get(row.client)
    if member is None:
        return f"there is no member {row.client}"
    if not _is_active_client(member):
        return f"{row.client} is no active client ({member.role}, {member.status})"
    if row.coach is not None and (row.coach not in known or not roster.may_coach(known[row.coach])):
        return f"{row.coach} is no active coach"
    return None
