"""`coachroom members …`: who may sign in."""

from __future__ import annotations

import argparse
from pathlib import Path

from coachroom.cli.database import open_database
from coachroom.cli.output import clean, cut, print_some, print_table, say
from coachroom.cli.parser import Parser
from coachroom.clock import utc_now
from coachroom.errors import CoachroomError, ImportFileError
from coachroom.people import roster
from coachroom.people.identities import forget_identities
from coachroom.people.member import Member
from coachroom.people.people import Role
from coachroom.people.skool_export import MAX_FILE_BYTES, Export, read_export
from coachroom.store.store import Transaction

OPERATOR = "operator"
MAX_NAME_CHARS = 40


def add_members(members: argparse.ArgumentParser) -> None:
    commands = members.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)

    take_in = commands.add_parser("import", help="take in Skool's member export")
    take_in.add_argument("file", type=Path, metavar="FILE")
    take_in.add_argument("--dry-run", action="store_true", help="show what would change and write nothing")
    take_in.add_argument("--sync", action="store_true", help="remove members from Skool who are not in the file")
    take_in.add_argument("--yes-remove", type=int, metavar="N", help="confirm that a sync removes so many")
    take_in.set_defaults(command=_members_import, live=True)

    listing = commands.add_parser("list", help="all members")
    listing.set_defaults(command=_members_list, live=True)

    roles = [str(role) for role in Role]
    add = commands.add_parser("add", help="add one member")
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--name", help="as it is shown; the e-mail's first part without it")
    add.add_argument("--role", choices=roles, default=str(Role.CLIENT))
    add.add_argument("--coach", metavar="EMAIL", help="the coach of a client")
    add.set_defaults(command=_members_add, live=True)

    change = commands.add_parser("set", help="change one member")
    change.add_argument("email", metavar="EMAIL")
    change.add_argument("--role", choices=roles)
    change.add_argument("--status", choices=roster.STATUSES)
    change.add_argument("--coach", metavar="EMAIL", help='the coach of a client; "none" for no coach')
    change.set_defaults(command=_members_set, live=True)

    forget = commands.add_parser("forget-accounts", help="find members by e-mail again when they next sign in")
    forget.add_argument("emails", metavar="EMAIL", nargs="*")
    forget.add_argument("--all", action="store_true", help="all members: after a change of the sign-in provider")
    forget.set_defaults(command=_members_forget_accounts, live=True)


def _members_import(options: argparse.Namespace) -> int:
    if options.yes_remove is not None and not options.sync:
        raise ImportFileError("--yes-remove confirms what --sync removes: give --sync as well.")
    export = read_export(_read(options.file))
    with open_database() as database:
        if options.dry_run:
            erased_at = database.erasures.recogniser(database.store)
            plan = roster.plan(export, roster.members(database.store), sync=options.sync, erased_at=erased_at)
        else:
            plan = database.write(
                lambda transaction: roster.import_export(
                    transaction,
                    export,
                    sync=options.sync,
                    confirmed=options.yes_remove,
                    actor=OPERATOR,
                    now=utc_now(),
                    erased_at=database.erasures.recogniser(transaction),
                )
            )
    say("Dry run: nothing was written." if options.dry_run else f"Imported {clean(options.file.name)}.")
    _print_plan(plan, export)
    if options.dry_run:
        roster.refuse_mass_removal(plan, options.yes_remove)
    return 0


def _print_plan(plan: roster.RosterPlan, export: Export) -> None:
    rejected = plan.rejected(export)
    counts = plan.counts() | {"rejected": len(rejected)}
    print_table(["what", "members"], [[name, str(count)] for name, count in counts.items()])
    lines_of = {
        "new address": [_changed(f"{each.before.email} → {each.member.email}", each) for each in plan.readdressed],
        "added": [_named(member) for member in plan.added],
        "changed": [_changed(_named(each.member), each) for each in plan.changed],
        "reactivated": [_changed(_named(each.member), each) for each in plan.reactivated],
        "removed": [_named(member) for member in plan.removed],
        "rejected": [f"line {row.line}: {row.reason}" for row in rejected],
        "left out": [f"line {part.line}: {part.reason}" for part in export.left_out],
    }
    for name, lines in lines_of.items():
        print_some(f"\n{name}:", lines)
    if export.passed_over:
        unused = ", ".join(clean(cut(title, MAX_NAME_CHARS)) for title in export.passed_over)
        say(f"\nColumns that are not used: {unused}.")


def _changed(whom: str, change: roster.MemberChange) -> str:
    differs = "; ".join(roster.what_differs(change))
    return f"{whom}: {differs}" if differs else whom


def _named(member: Member) -> str:
    return f"{member.email}  {member.display_name}"


def _members_list(_: argparse.Namespace) -> int:
    with open_database(existing=True) as database:
        found = roster.members(database.store).values()
    if not found:
        say("There are no members yet: `members import FILE` or `members add EMAIL`.")
    print_table(
        ["e-mail", "name", "role", "status", "coach", "source"],
        [
            [m.email, cut(m.display_name, MAX_NAME_CHARS), m.role, m.status, m.coach_email or "", m.source]
            for m in found
        ],
    )
    return 0


def _members_add(options: argparse.Namespace) -> int:
    with open_database() as database:
        member = database.write(
            lambda transaction: roster.add_member(
                transaction,
                options.email,
                name=options.name,
                role=options.role,
                coach=options.coach,
                actor=OPERATOR,
                now=utc_now(),
            )
        )
    say(f"{member.email} is a member now ({member.role}).")
    return 0


def _members_set(options: argparse.Namespace) -> int:
    if options.role is None and options.status is None and options.coach is None:
        raise CoachroomError("There is nothing to change: give --role, --status or --coach.")
    with open_database() as database:
        member = database.write(
            lambda transaction: roster.set_member(
                transaction,
                options.email,
                role=options.role,
                status=options.status,
                coach=options.coach,
                actor=OPERATOR,
                now=utc_now(),
            )
        )
    coach = f", coach {member.coach_email}" if member.coach_email else ""
    say(f"{member.email} is now: {member.role}, {member.status}{coach}.")
    return 0


def _members_forget_accounts(options: argparse.Namespace) -> int:
    if bool(options.emails) == options.all:
        raise CoachroomError("Name the members whose accounts to forget, or give --all.")

    def forget(transaction: Transaction) -> tuple[int, int]:
        known = roster.members(transaction)
        emails = list(known) if options.all else [email.strip().lower() for email in options.emails]
        for email in emails:
            if email not in known:
                raise CoachroomError(f"There is no member {clean(email)}: `members list` shows all.")
        return forget_identities(transaction, emails, actor=OPERATOR, now=utc_now()), len(emails)

    with open_database() as database:
        count, asked = database.write(forget)
    say(f"Forgot how {count} of {asked} members signed in; their sign-ins have ended.")
    return 0


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than allowed shows that there is too much, however long the file.
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ImportFileError(
            f"{path} cannot be read ({error.strerror}): check the path and its permissions."
        ) from error
