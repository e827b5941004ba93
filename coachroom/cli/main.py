"""The command line. Results go to stdout; a mistake is one sentence on stderr and exit status 2."""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import duckdb

from coachroom import settings as settings_module
from coachroom.cli.ports import port_refusal
from coachroom.cli.terminal import clean, cut
from coachroom.clock import utc_now
from coachroom.errors import CoachroomError, ImportFileError, SettingsError, StoreError
from coachroom.metrics.dates import parse_moment
from coachroom.metrics.definitions import as_documents, definition
from coachroom.metrics.exports.formats import Format, sidecar_of
from coachroom.metrics.facts import rebuild_facts
from coachroom.metrics.parameters import Interval, Parameters, RetentionKind, chosen
from coachroom.people import roster
from coachroom.people.people import Role
from coachroom.people.skool_export import MAX_FILE_BYTES, Export, read_export
from coachroom.settings import Settings
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.seed_import import import_directory
from coachroom.store.snapshot import LEDGER, is_snapshot, restore_snapshot, take_snapshot
from coachroom.store.writer import Writer

OPERATOR = "operator"
STANDARD_OUTPUT = "-"
MISTAKE = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
MAX_ROWS_SHOWN = 20
MAX_NAME_CHARS = 40
MAX_LINE_CHARS = 120


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit status."""
    _print_everything()
    try:
        options = _parser().parse_args(arguments)
        status: int = options.command(options)
        sys.stdout.flush()
    except CoachroomError as error:
        print(error, file=sys.stderr)
        return MISTAKE
    except duckdb.Error as error:
        # A file that was cut off may open and fail only where the missing part is read; a disk may be full.
        cause = str(error).splitlines()[0]
        print(f"The database failed ({cause}): `python -m coachroom doctor` looks into it.", file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return status


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of printing the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(MISTAKE, f"{message[:1].upper()}{message[1:]}: see `{self.prog} --help`.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m coachroom", description="A private room to talk with an AI voice coach.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)

    run = commands.add_parser("run", help="start the app")
    run.add_argument("--port", type=int, metavar="N", help="instead of COACHROOM_PORT")
    run.set_defaults(command=_run)

    take_over = commands.add_parser("import", help="take over a folder of CSV or Parquet tables, or a snapshot")
    take_over.add_argument("directory", type=Path, metavar="DIR")
    take_over.set_defaults(command=_import)

    _add_export(commands.add_parser("export", help="write a metric into a file"))

    metrics = commands.add_parser("metrics", help="what every metric means")
    metrics.add_argument("--json", action="store_true", help="the definitions as JSON")
    metrics.set_defaults(command=_metrics)

    _add_members(commands.add_parser("members", help="who may sign in"))

    snapshot = commands.add_parser("snapshot", help="write every table as Parquet into a new folder")
    snapshot.add_argument("directory", type=Path, metavar="DIR")
    snapshot.set_defaults(command=_snapshot)

    _add_agent(commands.add_parser("agent", help="the ElevenLabs agent as its file describes it"))

    _add_demo(commands.add_parser("demo", help="fill a new database with an invented community"))

    rebuild = commands.add_parser("rebuild", help="make the metrics' session facts anew from what was said")
    rebuild.set_defaults(command=_rebuild)

    doctor = commands.add_parser("doctor", help="check installation, settings and database")
    doctor.set_defaults(command=_doctor)
    return parser


def _add_export(export: argparse.ArgumentParser) -> None:
    export.description = (
        "Computes one metric and writes its rows. Dates are ISO 8601, 2026-05-01 or 2026-05-01T09:30; a date is its "
        "midnight, and what has no offset is in the time zone of COACHROOM_REPORTING_TIMEZONE."
    )
    export.add_argument("metric", metavar="METRIC", help="its id: `metrics` lists them")
    export.add_argument("--format", required=True, metavar="FORMAT", help="csv, parquet, jsonl or xlsx")
    export.add_argument(
        "--out",
        required=True,
        metavar="PATH",
        help="the file to write; definition and parameters are in it, for csv and jsonl beside it in PATH.meta.json; "
        "- for standard output (csv and jsonl, rows only)",
    )
    export.add_argument("--start", metavar="DATE", help="sessions that start at this moment or later")
    export.add_argument("--end", metavar="DATE", help="sessions that start before this moment")
    export.add_argument("--as-of", metavar="DATE", help="as it was known at this moment; now without it")
    export.add_argument("--interval", metavar="INTERVAL", default="week", help="day, week (default) or month")
    export.add_argument("--kind", metavar="KIND", help="of retention: recurring (default), unbounded or cumulative")
    export.add_argument(
        "--suppress", action="store_true", help="leave out what is known of fewer than COACHROOM_MIN_GROUP people"
    )
    export.set_defaults(command=_export)


def _add_agent(agent: argparse.ArgumentParser) -> None:
    agent.description = (
        "Keeps the agent at ElevenLabs as COACHROOM_AGENT_FILE describes it. Needs ELEVENLABS_API_KEY; the agent is "
        "COACHROOM_AGENT_ID."
    )
    commands = agent.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    plan = commands.add_parser("plan", help="show what differs there; exit status 1 when something does")
    plan.set_defaults(command=_agent_plan)
    apply = commands.add_parser("apply", help="change there what plan shows")
    apply.add_argument("--yes", action="store_true", help="without asking")
    apply.set_defaults(command=_agent_apply)
    check = commands.add_parser("check", help="name what there would make the room record nothing, or fail")
    check.set_defaults(command=_agent_check)


def _add_demo(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("--clients", type=int, metavar="N", default=60, help="how many clients (60)")
    demo.add_argument("--sessions", type=int, metavar="N", default=900, help="how many sessions they had (900)")
    demo.add_argument("--seed", type=int, metavar="S", default=1, help="another number makes another community (1)")
    demo.add_argument("--until", metavar="ISO", help="when it ends (UTC); the beginning of today without it")
    demo.add_argument("--replace", action="store_true", help="instead of the demo community that is there")
    demo.set_defaults(command=_demo)


def _add_members(members: argparse.ArgumentParser) -> None:
    commands = members.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)

    take_in = commands.add_parser("import", help="take in Skool's member export")
    take_in.add_argument("file", type=Path, metavar="FILE")
    take_in.add_argument("--dry-run", action="store_true", help="show what would change and write nothing")
    take_in.add_argument("--sync", action="store_true", help="remove members from Skool who are not in the file")
    take_in.add_argument("--yes-remove", type=int, metavar="N", help="confirm that a sync removes so many")
    take_in.set_defaults(command=_members_import)

    listing = commands.add_parser("list", help="all members")
    listing.set_defaults(command=_members_list)

    roles = [str(role) for role in Role]
    add = commands.add_parser("add", help="add one member")
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--name", help="as it is shown; the e-mail's first part without it")
    add.add_argument("--role", choices=roles, default=str(Role.CLIENT))
    add.add_argument("--coach", metavar="EMAIL", help="the coach of a client")
    add.set_defaults(command=_members_add)

    change = commands.add_parser("set", help="change one member")
    change.add_argument("email", metavar="EMAIL")
    change.add_argument("--role", choices=roles)
    change.add_argument("--status", choices=roster.STATUSES)
    change.add_argument("--coach", metavar="EMAIL", help='the coach of a client; "none" for no coach')
    change.set_defaults(command=_members_set)


def _run(options: argparse.Namespace) -> int:
    settings = settings_module.load(**({} if options.port is None else {"port": options.port}))
    refusal = port_refusal(settings.address, settings.port)
    if refusal is not None:
        raise SettingsError(refusal)
    # Pages are imported before the server runs, and Streamlit would say so for every cache of theirs.
    logging.getLogger("streamlit.runtime.caching.cache_data_api").addFilter(
        lambda line: line.levelno > logging.WARNING
    )
    # The server brings Streamlit, which the other commands do without.
    from coachroom.ui.dashboard.prewarm import keep_prewarmed  # noqa: PLC0415
    from coachroom.web.server import serve  # noqa: PLC0415

    serve(settings, keep_prewarmed)
    return 0


def _import(options: argparse.Namespace) -> int:
    with _store() as store, store.transaction() as transaction:
        if is_snapshot(options.directory):
            snapshot = restore_snapshot(transaction, options.directory)
            counts = {name: table.rows for name, table in snapshot.tables.items() if name != LEDGER}
            heading = f"Restored the snapshot of {snapshot.created_at}"
        else:
            report = import_directory(transaction, options.directory, utc_now())
            counts = report.new
            heading = f"Read {', '.join(report.read)}" + (": nothing new" if report.nothing_new else "")
        rebuild_facts(transaction)
    print(heading)
    _print_table(["table", "new rows"], [[name, str(count)] for name, count in counts.items() if count])
    return 0


def _rebuild(_: argparse.Namespace) -> int:
    with _store(existing=True) as store, store.transaction() as transaction:
        count = rebuild_facts(transaction)
    print(f"Made the facts of {count} sessions anew.")
    return 0


def _export(options: argparse.Namespace) -> int:
    # pandas and Arrow take a second to load, which the other commands do without.
    from coachroom.metrics import run  # noqa: PLC0415
    from coachroom.metrics.exports import write  # noqa: PLC0415
    from coachroom.metrics.exports.header import exact_iso, header_for  # noqa: PLC0415

    now = utc_now()
    metric = definition(options.metric)
    format = chosen(Format, options.format, "format")
    parameters = _parameters(options, settings_module.load(), now)
    run.statement(metric, parameters)
    path = None if options.out == STANDARD_OUTPUT else Path(options.out)
    if path is None:
        write.require_pipe(format)
    else:
        write.require_target(path, format)
    with _store(existing=True) as store:
        frame = run.measure(store, metric.id, parameters)
    header = header_for(metric, parameters, now)
    if path is None:
        write.write_to_pipe(sys.stdout.buffer, frame, header, format)
        return 0
    count = write.write_export(path, frame, header, format)
    beside = f" and {sidecar_of(path).name}" if format.is_text else ""
    print(f"Wrote {path}{beside}: {count} {'row' if count == 1 else 'rows'}, as of {exact_iso(parameters.as_of)}.")
    return 0


def _parameters(options: argparse.Namespace, settings: Settings, now: datetime) -> Parameters:
    zone = settings.reporting_timezone

    def given(text: str | None) -> datetime | None:
        return None if text is None else parse_moment(text, zone)

    return Parameters(
        as_of=given(options.as_of) or now,
        start=given(options.start),
        end=given(options.end),
        interval=chosen(Interval, options.interval, "interval"),
        kind=None if options.kind is None else chosen(RetentionKind, options.kind, "kind"),
        timezone=zone,
        min_valid_seconds=settings.min_valid_seconds,
        min_group=settings.min_group,
        suppress=options.suppress,
        now=now,
    )


def _metrics(options: argparse.Namespace) -> int:
    documents = as_documents()
    if options.json:
        print(json.dumps(documents, indent=2))
        return 0
    _print_table(
        ["metric", "title", "unit", "meaning"],
        [[metric["id"], metric["title"], metric["unit"], metric["meaning"]] for metric in documents],
    )
    return 0


def _members_import(options: argparse.Namespace) -> int:
    if options.yes_remove is not None and not options.sync:
        raise ImportFileError("--yes-remove confirms what --sync removes: give --sync as well.")
    export = read_export(_read(options.file))
    with _store() as store:
        if options.dry_run:
            plan = roster.plan(export, roster.members(store), sync=options.sync)
        else:
            with store.transaction() as transaction:
                plan = roster.import_export(
                    transaction,
                    export,
                    sync=options.sync,
                    confirmed=options.yes_remove,
                    actor=OPERATOR,
                    now=utc_now(),
                )
    print("Dry run: nothing was written." if options.dry_run else f"Imported {clean(options.file.name)}.")
    _print_plan(plan, export)
    if options.dry_run:
        roster.refuse_mass_removal(plan, options.yes_remove)
    return 0


def _print_plan(plan: roster.RosterPlan, export: Export) -> None:
    counts = plan.counts() | {"rejected": len(export.rejected)}
    _print_table(["what", "members"], [[name, str(count)] for name, count in counts.items()])
    groups = {
        "added": plan.added,
        "changed": plan.changed,
        "reactivated": plan.reactivated,
        "removed": plan.removed,
    }
    for name, group in groups.items():
        _print_some(f"\n{name}:", [f"{member.email}  {member.display_name}" for member in group])
    _print_some("\nrejected:", [f"line {row.line}: {row.reason}" for row in export.rejected])


def _members_list(_: argparse.Namespace) -> int:
    with _store(existing=True) as store:
        found = roster.members(store).values()
    if not found:
        print("There are no members yet: `members import FILE` or `members add EMAIL`.")
    _print_table(
        ["e-mail", "name", "role", "status", "coach", "source"],
        [
            [m.email, cut(m.display_name, MAX_NAME_CHARS), m.role, m.status, m.coach_email or "", m.source]
            for m in found
        ],
    )
    return 0


def _members_add(options: argparse.Namespace) -> int:
    with _store() as store, store.transaction() as transaction:
        member = roster.add_member(
            transaction,
            options.email,
            name=options.name,
            role=options.role,
            coach=options.coach,
            actor=OPERATOR,
            now=utc_now(),
        )
    print(f"{member.email} is a member now ({member.role}).")
    return 0


def _members_set(options: argparse.Namespace) -> int:
    if options.role is None and options.status is None and options.coach is None:
        raise CoachroomError("There is nothing to change: give --role, --status or --coach.")
    with _store() as store, store.transaction() as transaction:
        member = roster.set_member(
            transaction,
            options.email,
            role=options.role,
            status=options.status,
            coach=options.coach,
            actor=OPERATOR,
            now=utc_now(),
        )
    coach = f", coach {member.coach_email}" if member.coach_email else ""
    print(f"{member.email} is now: {member.role}, {member.status}{coach}.")
    return 0


def _snapshot(options: argparse.Namespace) -> int:
    with _store(existing=True) as store:
        snapshot = take_snapshot(store, options.directory, utc_now())
    print(f"Wrote {options.directory}, as of {snapshot.created_at}.")
    _print_table(["table", "rows"], [[name, str(table.rows)] for name, table in snapshot.tables.items()])
    return 0


def _agent_plan(_: argparse.Namespace) -> int:
    from coachroom.cli import agent  # noqa: PLC0415 - brings ElevenLabs' SDK, which the other commands do without

    return agent.plan()


def _agent_apply(options: argparse.Namespace) -> int:
    from coachroom.cli import agent  # noqa: PLC0415

    return agent.apply(yes=options.yes)


def _agent_check(_: argparse.Namespace) -> int:
    from coachroom.cli import agent  # noqa: PLC0415

    return agent.check()


def _demo(options: argparse.Namespace) -> int:
    from coachroom.demo import community as demo  # noqa: PLC0415 - only this command needs it

    if settings_module.load().production:
        raise demo.DemoError("There is no demo community in production: set COACHROOM_ENV=development to make one.")
    now = utc_now()
    with _store(memory_limit=demo.memory_limit(options.sessions)) as store:
        wanted = demo.ask(
            store, clients=options.clients, sessions=options.sessions, seed=options.seed, until=options.until, now=now
        )
        writer = Writer(store)
        try:
            made = demo.generate(store, writer, wanted, now=now, replace=options.replace)
        finally:
            writer.close()
        counts = demo.counts(store)
    print("Made the demo community." if made else "This demo community is already there.")
    rows = [["clients", str(counts.clients)], ["sessions", str(counts.sessions)], ["turns", str(counts.turns)]]
    _print_table(["demo", "how many"], rows)
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from coachroom.cli import doctor  # noqa: PLC0415 - only this command needs it

    findings, settings = doctor.examine(utc_now())
    for finding in findings:
        print(f"{finding.level:<9}  {clean(finding.text)}")
    print("\nSettings (* differs from the default):")
    width = max(len(line.variable) for line in settings)
    for line in settings:
        print(f"{'*' if line.differs else ' '} {line.variable:<{width}}  {clean(line.value)}")
    return int(any(finding.level is doctor.Level.BROKEN for finding in findings))


@contextmanager
def _store(*, existing: bool = False, memory_limit: str = "2GB") -> Iterator[DuckStore]:
    """The database of the settings, with its schema up to date; `existing`: there is nothing to read in a new one."""
    path = settings_module.load().database
    if existing and not path.exists():
        raise StoreError(f"There is no database {path} yet: start the app first, or set COACHROOM_DATABASE.")
    store = DuckStore(path, memory_limit=memory_limit)
    try:
        migrate(store, utc_now())
        yield store
    finally:
        store.close()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than allowed shows that there is too much, however long the file.
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ImportFileError(
            f"{path} cannot be read ({error.strerror}): check the path and its permissions."
        ) from error


def _print_everything() -> None:
    """Makes names that the terminal's encoding lacks print as escapes instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _print_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not rows:
        return
    cells = [[clean(cell) for cell in row] for row in [heading, *rows]]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heading))]
    numbers = [all(row[place].isdigit() for row in cells[1:]) for place in range(len(heading))]
    for row in cells:
        aligned = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numbers, strict=True)
        )
        print("  ".join(aligned).rstrip())


def _print_some(heading: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    print(heading)
    for line in lines[:MAX_ROWS_SHOWN]:
        print(f"  {clean(cut(line, MAX_LINE_CHARS))}")
    if len(lines) > MAX_ROWS_SHOWN:
        print(f"  … and {len(lines) - MAX_ROWS_SHOWN} more")
