"""`coachroom erase | export-client | compact`: a client leaves, takes their data along, and the bytes go too."""

from __future__ import annotations

import argparse
from pathlib import Path

from coachroom.agent_config.spec import read_agent_file
from coachroom.cli.database import open_database
from coachroom.cli.output import print_table, say
from coachroom.clock import utc_now
from coachroom.errors import CoachroomError
from coachroom.privacy.circumstances import circumstances
from coachroom.privacy.client_data import count_rows, ids_of
from coachroom.privacy.client_export import Circumstances, write_export
from coachroom.privacy.erase import erase_client, facts_zone_of
from coachroom.rooms.states import EndReason
from coachroom.settings import Settings
from coachroom.store.private_files import write_private
from coachroom.store.replica import NewsKind, command_replica
from coachroom.store.store import Transaction

OPERATOR = "operator"


def add_erase(command: argparse.ArgumentParser) -> None:
    command.add_argument("client", metavar="CLIENT", help="the client's e-mail or id")
    command.add_argument("--dry-run", action="store_true", help="count what would be erased and erase nothing")
    command.set_defaults(command=_erase, live=True)


def add_export_client(command: argparse.ArgumentParser) -> None:
    command.add_argument("client", metavar="CLIENT", help="the client's e-mail or id")
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help="the ZIP to write")
    command.set_defaults(command=_export_client, live=True)


def add_compact(command: argparse.ArgumentParser) -> None:
    command.set_defaults(command=_compact, live=True)


def _erase(options: argparse.Namespace) -> int:
    with open_database(existing=True) as database:
        ids = ids_of(database.store, options.client)
        if options.dry_run:
            counts = count_rows(database.store, ids)
            say("Dry run: nothing was erased.")
        elif database.services is not None:
            from coachroom.app.erasing import end_and_erase  # noqa: PLC0415 - it brings the whole app

            database.require_caller()
            counts = end_and_erase(database.services, ids.client, actor=OPERATOR, cause=EndReason.ADMINISTRATOR)
            say(f"Erased. {len(ids.calls)} calls are being deleted at the provider.")
        else:
            erasures, now, zone = database.erasures, utc_now(), facts_zone_of(database.settings)
            command = command_replica(shared=database.store.shared)

            def work(transaction: Transaction) -> dict[str, int]:
                for session_id in ids.sessions:
                    command.tell(transaction, NewsKind.FORGOTTEN, session_id)
                return erase_client(transaction, erasures, ids, actor=OPERATOR, now=now, facts_zone=zone)

            counts = database.write(work)
            say(f"Erased. {len(ids.calls)} calls are deleted at the provider once the app runs.")
        if not options.dry_run:
            say(
                "The running app compacts the database within a week, `compact` at once; snapshots keep their copies."
            )
    print_table(["table", "rows"], [[table, str(count)] for table, count in counts.items() if count])
    return 0


def _export_client(options: argparse.Namespace) -> int:
    path: Path = options.out
    if path.exists():
        raise CoachroomError(f"{path} is there already: name a new file.")
    with open_database(existing=True) as database, database.store.transaction() as transaction:
        ids = ids_of(transaction, options.client)
        packed = write_export(transaction, ids, _circumstances(database.settings), utc_now())
    try:
        # Everything that was said.
        write_private(path, packed)
    except OSError as error:
        raise CoachroomError(f"{path} cannot be written ({error.strerror}): choose another file.") from error
    say(f"Wrote {path}, {len(packed) / 1024:,.0f} KB.")
    return 0


def _circumstances(settings: Settings) -> Circumstances:
    return circumstances(settings, read_agent_file(settings).privacy.retention_days)


def _compact(_: argparse.Namespace) -> int:
    with open_database(existing=True) as database:
        done = database.maintenance.compact()
    size = f"{done.before / 1024**2:,.1f} MB before, {done.after / 1024**2:,.1f} MB now"
    say(f"Copied {done.rows} rows into a new file: {size}. What was deleted is gone from it.")
    return 0
