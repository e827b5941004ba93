"""Plain numbered migrations, run before anything is served; they only add."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from coachroom.clock import short_date
from coachroom.errors import StatementError, StoreError, StoreFileError, UnfitDatabaseError
from coachroom.store.duck_errors import opening_error
from coachroom.store.store import Engine, Store, Transaction

# Which migrations a database has. What an engine alone needs is numbered on its own.
LEDGER, POSTGRES_LEDGER = "schema_version", "postgres_schema_version"
# There while another database is being moved into this one.
HALF_MOVED = "half_moved"
# There once this database was moved into another one: where that is, and since when.
MOVED_AWAY = "moved_away"
_CREATE_LEDGER = """
CREATE TABLE IF NOT EXISTS {ledger} (
  version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at TIMESTAMP NOT NULL
)
"""
_DOUBLE = re.compile(r"\bDOUBLE\b(?! PRECISION)")
_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"


class MovedAwayError(UnfitDatabaseError):
    """Another database took the place of this one."""


@dataclass(frozen=True)
class Migration:
    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known_migrations() -> list[Migration]:
    """The migrations this version of coachroom brings for every engine, lowest number first."""
    return _migrations_in("migrations")


def postgres_migrations() -> list[Migration]:
    """Those that PostgreSQL alone needs, lowest number first; they run after the others."""
    return _migrations_in("migrations/postgres")


def _migrations_in(place: str) -> list[Migration]:
    folder = resources.files("coachroom.store").joinpath(place)
    found = []
    for file in folder.iterdir():
        if file.name.endswith(".sql"):
            number, _, rest = file.name.removesuffix(".sql").partition("_")
            found.append(Migration(int(number), rest, file.read_text(encoding="utf-8")))
    return sorted(found, key=lambda migration: migration.version)


def migrate(store: Store, now: datetime) -> int:
    """Brings the schema up to date in one transaction and returns its version. Raises StoreError."""
    known = known_migrations()
    try:
        with store.transaction() as transaction:
            _refuse_foreign(store, transaction)
            _catch_up(transaction, LEDGER, known, now)
            if store.engine is Engine.POSTGRESQL:
                _catch_up(transaction, POSTGRES_LEDGER, postgres_migrations(), now)
    except StoreFileError as error:
        if store.path is None:
            raise
        # A file cut short opens; it is only when a table is read that the rest is missed.
        raise opening_error(store.path, error.cause) from error
    except StatementError as error:
        rights = (
            "" if store.engine is Engine.DUCKDB else " Its account needs the right to create tables in its schema."
        )
        raise StoreError(
            f"The tables of {store.name} cannot be made or brought up to date ({error.cause}): nothing was changed."
            + rights
        ) from error
    return known[-1].version


def _catch_up(transaction: Transaction, ledger: str, known: list[Migration], now: datetime) -> None:
    if ledger not in tables_of(transaction):
        transaction.execute(_CREATE_LEDGER.format(ledger=ledger))
    applied = _applied(transaction, ledger)
    _refuse_strangers(applied, known)
    for migration in known:
        if migration.version not in applied:
            _apply(transaction, ledger, migration, now)


def _apply(transaction: Transaction, ledger: str, migration: Migration, now: datetime) -> None:
    # Both engines know the longer name, and the older files have the shorter one, which PostgreSQL does not know.
    transaction.execute(_DOUBLE.sub("DOUBLE PRECISION", migration.sql))
    transaction.execute(
        f"INSERT INTO {ledger} VALUES ($1, $2, $3, $4)",  # noqa: S608 the name is ours
        [migration.version, migration.name, migration.sha256, now],
    )


def _refuse_foreign(store: Store, transaction: Transaction) -> None:
    tables = tables_of(transaction)
    if HALF_MOVED in tables:
        raise UnfitDatabaseError(
            f"{store.name} is half moved: give `python -m coachroom migrate-to` the same two databases again."
        )
    if MOVED_AWAY in tables and (left := _moved_away(transaction)) is not None:
        raise MovedAwayError(moved_sentence(store.name, left))
    if tables and LEDGER not in tables:
        own = "a file" if store.engine is Engine.DUCKDB else "an empty database or schema"
        raise UnfitDatabaseError(
            f"{store.name} is a database of some other program: set COACHROOM_DATABASE to {own} of coachroom's own."
        )


def _refuse_strangers(applied: dict[int, str], known: list[Migration]) -> None:
    newest = known[-1].version
    if applied and max(applied) > newest:
        raise UnfitDatabaseError(
            f"The database has schema version {max(applied)}, this coachroom knows {newest}: "
            "start the newer coachroom that wrote it."
        )
    for migration in known:
        if applied.get(migration.version, migration.sha256) != migration.sha256:
            raise UnfitDatabaseError(
                f"Migration {migration.version} ({migration.name}) differs from the one this database was made "
                "with: put the file back as it was, changes belong in a new migration."
            )


@dataclass(frozen=True)
class MovedAway:
    """Which database took this one's place, and when (naive UTC). `beside`: as in the settings; "" if not known."""

    target: str
    at_time: datetime
    beside: str


def moved_away(store: Store | Transaction) -> MovedAway | None:
    """Where the database was moved to; None where it is the one in use."""
    return _moved_away(store) if MOVED_AWAY in tables_of(store) else None


def _moved_away(source: Store | Transaction) -> MovedAway | None:
    rows = source.execute(f"SELECT target, moved_at, beside FROM {MOVED_AWAY}")  # noqa: S608 the name is ours
    return MovedAway(*rows[0]) if rows else None


def moved_sentence(name: str, left: MovedAway) -> str:
    """Why the database of this name, which was moved away, is not opened, and what to do."""
    return (
        f"{name} was moved to {left.target} on {short_date(left.at_time)}: set COACHROOM_DATABASE to that one. "
        "To go on with this one, without what was stored there since: `python -m coachroom migrate-to --take-back`."
    )


def tables_of(source: Store | Transaction) -> set[str]:
    """The names of its tables."""
    return {name for (name,) in source.execute(_TABLES)}


def applied_migrations(store: Store) -> dict[int, str]:
    """The version and checksum of each migration that the database was made with; none for a foreign file."""
    if LEDGER not in tables_of(store):
        return {}
    return _applied(store, LEDGER)


def _applied(source: Store | Transaction, ledger: str) -> dict[int, str]:
    return dict(source.execute(f"SELECT version, sha256 FROM {ledger}"))  # noqa: S608 the name is ours
