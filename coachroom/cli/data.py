"""`coachroom import | snapshot | rebuild | demo`: whole databases."""

from __future__ import annotations

import argparse
import re
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from coachroom import settings as settings_module
from coachroom.cli.database import Database, open_database, open_file
from coachroom.cli.output import print_some, print_table, say
from coachroom.clock import utc_now
from coachroom.errors import ImportFileError
from coachroom.metrics.facts import delete_orphaned_facts, ended_sessions, rebuild_facts
from coachroom.privacy.erase import facts_zone_of
from coachroom.privacy.erase_again import erase_again
from coachroom.privacy.erasures import Erasures
from coachroom.store.duck import DuckStore, require_duck
from coachroom.store.private_files import make_folder
from coachroom.store.replica import ALONE
from coachroom.store.seed_database import SeedDatabase, open_seed_database
from coachroom.store.seed_import import import_database, import_directory
from coachroom.store.snapshot import Snapshot, is_snapshot, restore_snapshot, take_snapshot
from coachroom.store.store import Store
from coachroom.store.writer import Writer

if TYPE_CHECKING:
    from coachroom.metrics.due_facts import DueFacts
    from coachroom.store.postgres import PostgresStore

# A path has lost one of the slashes.
_ADDRESS = re.compile(r"[a-z]\w+:/", re.IGNORECASE)
# Sessions whose facts are recomputed in one go while the app runs.
PIECE = 2_000
INTO_A_FILE = "do this with COACHROOM_DATABASE set to a new file, and carry that over by `migrate-to`."


def add_import(command: argparse.ArgumentParser) -> None:
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("directory", nargs="?", type=Path, metavar="DIR")
    source.add_argument(
        "--from",
        dest="address",
        metavar="ADDRESS",
        help="a database: postgresql://USER@HOST/DATABASE or sqlite:///PATH",
    )
    command.set_defaults(command=_import)


def add_snapshot(command: argparse.ArgumentParser) -> None:
    command.add_argument("directory", type=Path, metavar="DIR")
    command.set_defaults(command=_snapshot, live=True)


def add_rebuild(command: argparse.ArgumentParser) -> None:
    command.set_defaults(command=_rebuild, live=True)


def _import(options: argparse.Namespace) -> int:
    if options.address is None:
        if _ADDRESS.match(str(options.directory)):
            # Said without it: it may hold a password.
            raise ImportFileError("A database is no folder: give its address behind --from.")
        return _import_from(options.directory)
    # Reached before our own database is opened, which would make its file.
    with open_seed_database(options.address) as source:
        return _import_from(source)


def _import_from(source: Path | SeedDatabase) -> int:
    passed_over: tuple[str, ...] = ()
    settings = settings_module.load()
    with open_file(settings) as store, require_duck(store, INTO_A_FILE).transaction() as transaction:
        if isinstance(source, Path) and is_snapshot(source):
            snapshot = restore_snapshot(transaction, source)
            counts = snapshot.rows
            heading = f"Restored the snapshot of {snapshot.created_at}"
        else:
            now = utc_now()
            if isinstance(source, Path):
                report = import_directory(transaction, source, now)
            else:
                report = import_database(transaction, source, now)
            counts, passed_over = report.new, report.passed_over
            heading = f"Read {', '.join(report.read)}" + (": nothing new" if report.nothing_new else "")
        # A backup and the first version's tables may hold whoever has been erased since.
        erased = erase_again(transaction, Erasures.of(settings, ALONE), utc_now(), facts_zone_of(settings))
        rebuild_facts(transaction)
    say(heading)
    if erased:
        say(f"Clients who had been erased before and are so again: {erased}.")
    print_table(["table", "new rows"], [[name, str(count)] for name, count in counts.items() if count])
    print_some(f"{'Files' if isinstance(source, Path) else 'Tables'} that are not used:", list(passed_over))
    return 0


def _rebuild(_: argparse.Namespace) -> int:
    with open_database(existing=True) as database:
        services = database.services
        if services is None and not database.store.shared:
            count = database.write(rebuild_facts)
        else:
            count = _rebuild_in_pieces(database, services.facts if services else database.maintenance.facts())
    say(f"Recomputed the facts of {count} sessions.")
    return 0


def _rebuild_in_pieces(database: Database, facts: DueFacts) -> int:
    """While an app has the database open: its other writes go on between two pieces. How many facts there are."""
    sessions = ended_sessions(database.store)
    for begin in range(0, len(sessions), PIECE):
        piece = sessions[begin : begin + PIECE]
        database.write(lambda transaction, piece=piece: facts.mark(transaction, piece))  # type: ignore[misc]
        facts.make_all()
        say(f"{begin + len(piece):,} of {len(sessions):,} sessions")
    return database.write(delete_orphaned_facts)


def _snapshot(options: argparse.Namespace) -> int:
    with open_database(existing=True) as database:
        snapshot = _take_snapshot(database.store, options.directory)
    say(f"Wrote {options.directory}, as of {snapshot.created_at}.")
    print_table(["table", "rows"], [[name, str(table.rows)] for name, table in snapshot.tables.items()])
    return 0


def _take_snapshot(store: Store, directory: Path) -> Snapshot:
    if isinstance(store, DuckStore):
        return take_snapshot(store, directory, utc_now())
    # By way of a file for this account alone, on the disk that the snapshot is for.
    from coachroom.store.moving import copy_into_file  # noqa: PLC0415 - needs the extra `postgres`

    make_folder(directory.parent)
    now = utc_now()
    with (
        TemporaryDirectory(prefix=f".{directory.name}.", suffix=".tmp", dir=directory.parent) as folder,
        closing(DuckStore(Path(folder) / "copy.duckdb")) as file,
    ):
        copy_into_file(cast("PostgresStore", store), file, now)
        return take_snapshot(file, directory, now)


def add_demo(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("--clients", type=int, metavar="N", default=60, help="how many clients (60)")
    demo.add_argument("--sessions", type=int, metavar="N", default=900, help="how many sessions they had (900)")
    demo.add_argument("--seed", type=int, metavar="S", default=1, help="another number makes another community (1)")
    demo.add_argument("--until", metavar="ISO", help="when it ends (UTC); the beginning of today without it")
    demo.add_argument("--replace", action="store_true", help="instead of the demo community that is there")
    demo.set_defaults(command=_demo)


def _demo(options: argparse.Namespace) -> int:
    from coachroom.demo import community as demo  # noqa: PLC0415 - only this command needs it

    settings = settings_module.load()
    if settings.production:
        raise demo.DemoError("There is no demo community in production: set COACHROOM_ENV=development to make one.")
    now = utc_now()
    with open_file(settings, memory_limit=demo.memory_limit(options.sessions)) as store:
        wanted = demo.ask(
            store, clients=options.clients, sessions=options.sessions, seed=options.seed, until=options.until, now=now
        )
        writer = Writer(require_duck(store, INTO_A_FILE))
        try:
            made = demo.generate(store, writer, wanted, now=now, replace=options.replace)
        finally:
            writer.close()
        counts = demo.counts(store)
    say("Made the demo community." if made else "This demo community is already there.")
    rows = [["clients", str(counts.clients)], ["sessions", str(counts.sessions)], ["turns", str(counts.turns)]]
    print_table(["demo", "how many"], rows)
    return 0
