"""`coachroom backup | restore | hold-back`: the whole database in one file, and back."""

from __future__ import annotations

import argparse
from pathlib import Path

from coachroom import settings as settings_module
from coachroom.app.backups import Backups, backup_plan
from coachroom.cli.database import open_database
from coachroom.cli.output import print_table, say
from coachroom.clock import utc_now
from coachroom.errors import ImportFileError, StoreError
from coachroom.notifications.outbox import hold_back
from coachroom.privacy.erase import facts_zone_of
from coachroom.privacy.erase_again import erase_again
from coachroom.store.backup import backups_in, restore_backup
from coachroom.store.private_files import keep_private
from coachroom.store.store import Transaction


def add_backup(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="instead of COACHROOM_BACKUP_DIR")
    command.set_defaults(command=_backup, live=True)


def add_restore(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "backup", type=Path, metavar="BACKUP", help="the file, or a folder of which the latest is taken"
    )
    command.add_argument(
        "--identity", type=Path, metavar="FILE", help="holds the secret age key of an encrypted backup"
    )
    command.set_defaults(command=_restore)


def add_hold_back(command: argparse.ArgumentParser) -> None:
    command.set_defaults(command=_hold_back)


def _backup(options: argparse.Namespace) -> int:
    with open_database(existing=True) as database:
        services = database.services
        backups = services.backups if services else Backups(database.store, utc_now, backup_plan(database.settings))
        taken = backups.take(options.folder)
    kind = "encrypted" if taken.encrypted else "not encrypted"
    say(f"Wrote {taken.path}, {taken.path.stat().st_size / 1024**2:,.1f} MB, {kind}.")
    return 0


def _restore(options: argparse.Namespace) -> int:
    path: Path = options.backup
    if path.is_dir():
        found = backups_in(path)
        if not found:
            raise StoreError(
                f"There is no backup in {path}: name the folder or the file that COACHROOM_BACKUP_DIR had."
            )
        path = found[-1].path
    identity = None if options.identity is None else _read(options.identity)
    database = settings_module.load().database
    if not isinstance(database, Path):
        raise StoreError(
            f"{database} is no DuckDB file: restore into a new file, and carry that over by `migrate-to`."
        )
    keep_private(database)
    snapshot = restore_backup(path, database, utc_now(), identity=identity, settle=hold_back)
    # The start that follows erases again whoever was erased since.
    say(f"Restored {path.name}, as of {snapshot.created_at}, into {database}.")
    print_table(["table", "rows"], [[name, str(count)] for name, count in snapshot.rows.items() if count])
    return 0


def _hold_back(_: argparse.Namespace) -> int:
    with open_database(existing=True) as database:

        def work(transaction: Transaction) -> int:
            now = utc_now()
            hold_back(transaction, now)
            return erase_again(transaction, database.erasures, now, facts_zone_of(database.settings))

        erased = database.write(work)
    if erased:
        say(f"Clients who had been erased before and are so again: {erased}.")
    say("Held back what was due: administrators send it again on the page System where it did not go out.")
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportFileError(f"{path} cannot be read: give the file that `age-keygen` wrote.") from error
