"""`coachroom migrate-to`: the whole database to PostgreSQL, or back into a file."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from coachroom import settings as settings_module
from coachroom.cli.output import say
from coachroom.clock import utc_now
from coachroom.errors import CoachroomError, StoreError
from coachroom.postgres_address import PostgresAddress
from coachroom.privacy.erasures import Erasures
from coachroom.settings import Settings, database_of
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import MovedAway, moved_away, tables_of
from coachroom.store.opening import NO_DRIVER
from coachroom.store.private_files import keep_private, make_folder
from coachroom.store.replica import ALONE, command_replica
from coachroom.store.store import Store


def add_migrate_to(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        help="postgresql://USER@HOST/DATABASE, whose password stands best in PGPASSWORD or ~/.pgpass; or a new file. "
        "With --take-back: where it was moved to, whose list of who was erased is read",
    )
    command.add_argument(
        "--take-back",
        action="store_true",
        help="go on with the database of COACHROOM_DATABASE after it was moved, without what was stored since",
    )
    command.set_defaults(command=_migrate_to)


def _migrate_to(options: argparse.Namespace) -> int:
    if options.target is None and not options.take_back:
        raise CoachroomError("Give a TARGET to move the database to, or --take-back.")
    try:
        from coachroom.store.moving import Movable, move, take_back  # noqa: PLC0415 - needs the extra `postgres`
        from coachroom.store.postgres import MOVING, PostgresStore  # noqa: PLC0415
    except ImportError:
        raise StoreError(NO_DRIVER) from None

    settings = settings_module.load()
    target_of = settings.database if options.target is None else _target(options.target)
    there = settings.model_copy(update={"database": target_of})
    if isinstance(settings.database, Path) and not settings.database.exists():
        raise StoreError(f"There is no database {settings.database}: set COACHROOM_DATABASE to the one to move.")
    keep_private(there.beside)
    with ExitStack() as opened:

        def open_one(database: Path | PostgresAddress) -> Movable:
            store: Movable = (
                DuckStore(database) if isinstance(database, Path) else PostgresStore(database, purpose=MOVING)
            )
            opened.callback(store.close)
            return store

        source = open_one(settings.database)
        if options.take_back:
            # Before any app can open it, as the rows of whoever is on the list are none to be read.
            other = None if options.target is None else open_one(there.database)
            note = _take_over_erasures(settings, source, moved_away(source), there, other)
            left = take_back(source)
            say(f"Apps open {source.name} again. What was stored in {left.target} since is not in it.")
            say(note)
            return 0
        target = open_one(there.database)
        make_folder(there.beside.parent)
        # Before any row, as the rows of whoever is on it are none to be read.
        erasures = Erasures.of(there, command_replica(shared=target.shared))
        erasures.take_over(_list_of(settings, source), source)

        def share() -> None:
            with target.transaction() as transaction:
                erasures.even_out(transaction)

        moved = move(
            source,
            target,
            utc_now(),
            lambda table, rows: say(f"{table}: {rows:,} rows, the same on both"),
            at_end=share,
            beside=there.beside.absolute(),
        )
    say(f"Moved {sum(moved.values()):,} rows of {len(moved)} tables to {target.name}.")
    say("The old database has all its rows, and no app opens it any more.")
    say("Set COACHROOM_DATABASE to the new one and start the app.")
    return 0


def _take_over_erasures(
    settings: Settings, source: Store, left: MovedAway | None, there: Settings, other: Store | None
) -> str:
    """Whoever was erased since the database was moved is erased in it when the app starts; says whether.

    `other`: the database of the settings `there`, where its address was given. Raises StoreError where it is not
    the one to which the database was moved.
    """
    mine = Erasures.of(settings, ALONE)
    listed = None if left is None or not left.beside else Erasures.beside(Path(left.beside), settings, ALONE)
    if listed is not None and listed.exists:
        mine.take_over(listed, source)
    if left is not None and other is not None:
        if other.name != left.target:
            raise StoreError(f"{source.name} was moved to {left.target}, and not to {other.name}.")
        mine.take_over(_list_of(there, other), other)
    elif listed is None or not listed.exists:
        return (
            "No list of erasures lies beside the other one on this machine: who was erased there since is here again."
        )
    elif not isinstance(settings.database, PostgresAddress):
        return (
            "Who was erased there is erased here when the app starts, as far as this machine knows of it: who was "
            "erased there by another machine may be here again."
        )
    return "Who was erased there is erased here when the app starts."


def _list_of(settings: Settings, store: Store) -> Erasures:
    """The list of the database of these settings, which in an older PostgreSQL database is in its file alone."""
    has_table = store.shared and "erasures" in tables_of(store)
    return Erasures.of(settings, command_replica(shared=has_table))


def _target(text: str) -> Path | PostgresAddress:
    try:
        return database_of(text)
    except ValueError as error:
        raise CoachroomError(f"TARGET cannot be used: {error}.") from None
