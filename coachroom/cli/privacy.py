"""`coachroom erase | compact`: a client leaves, and the bytes too."""

from __future__ import annotations

import argparse

from coachroom import settings as settings_module
from coachroom.cli.database import open_database
from coachroom.cli.output import print_table
from coachroom.clock import utc_now
from coachroom.errors import StoreError
from coachroom.privacy.client_data import count_rows, ids_of
from coachroom.privacy.erase import erase_rows, note_erasure
from coachroom.privacy.erasures import Erasures
from coachroom.store.compact import compact

OPERATOR = "operator"


def add_erase(command: argparse.ArgumentParser) -> None:
    command.add_argument("client", metavar="CLIENT", help="the client's e-mail or id")
    command.add_argument("--dry-run", action="store_true", help="count what would be erased and erase nothing")
    command.set_defaults(command=_erase)


def add_compact(command: argparse.ArgumentParser) -> None:
    command.set_defaults(command=_compact)


def _erase(options: argparse.Namespace) -> int:
    settings, now = settings_module.load(), utc_now()
    with open_database(existing=True) as store:
        ids = ids_of(store, options.client)
        if options.dry_run:
            counts = count_rows(store, ids)
            print("Dry run: nothing was erased.")
        else:
            note_erasure(store, Erasures.of(settings), ids, now)
            with store.transaction() as transaction:
                counts = erase_rows(transaction, ids, actor=OPERATOR, now=now)
            print(f"Erased. {len(ids.calls)} calls are deleted at the provider once the app runs.")
            print("`python -m coachroom compact` takes the bytes off the disk; snapshots and backups keep theirs.")
    print_table(["table", "rows"], [[table, str(count)] for table, count in counts.items() if count])
    return 0


def _compact(_: argparse.Namespace) -> int:
    settings = settings_module.load()
    path = settings.database
    # A database that is not ours, or of a newer version, is refused here.
    with open_database(existing=True):
        pass
    try:
        done = compact(path)
    except OSError as error:
        raise StoreError(f"{path} could not be compacted ({error.strerror}); nothing was changed.") from error
    Erasures.of(settings).note_compaction(utc_now())
    size = f"{done.before / 1024**2:,.1f} MB before, {done.after / 1024**2:,.1f} MB now"
    print(f"Copied {done.rows} rows into a new file: {size}. What was deleted is gone from it.")
    return 0
