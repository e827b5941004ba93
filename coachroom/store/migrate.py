"""Plain numbered migrations, run before anything is served; they only add."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

import duckdb

from coachroom.errors import StoreError
from coachroom.store.duck import unreadable
from coachroom.store.store import Store, Transaction

_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_version (
  version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at TIMESTAMP NOT NULL
)
"""
_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'"


@dataclass(frozen=True)
class Migration:
    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known_migrations() -> list[Migration]:
    """The migrations this version of coachroom brings, lowest number first."""
    folder = resources.files("coachroom.store").joinpath("migrations")
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
            transaction.execute(_LEDGER)
            applied: dict[int, str] = dict(transaction.execute("SELECT version, sha256 FROM schema_version"))
            _refuse_strangers(applied, known)
            for migration in known:
                if migration.version not in applied:
                    _apply(transaction, migration, now)
    except duckdb.IOException as error:
        # A file cut short opens; it is only when a table is read that the rest is missed.
        raise unreadable(store.path) from error
    return known[-1].version


def _apply(transaction: Transaction, migration: Migration, now: datetime) -> None:
    transaction.execute(migration.sql)
    transaction.execute(
        "INSERT INTO schema_version VALUES ($1, $2, $3, $4)",
        [migration.version, migration.name, migration.sha256, now],
    )


def _refuse_foreign(store: Store, transaction: Transaction) -> None:
    tables = {name for (name,) in transaction.execute(_TABLES)}
    if tables and "schema_version" not in tables:
        raise StoreError(
            f"{store.path} is a database of some other program: set COACHROOM_DATABASE to a file of coachroom's own."
        )


def _refuse_strangers(applied: dict[int, str], known: list[Migration]) -> None:
    newest = known[-1].version
    if applied and max(applied) > newest:
        raise StoreError(
            f"The database has schema version {max(applied)}, this coachroom knows {newest}: "
            "start the newer coachroom that wrote it."
        )
    for migration in known:
        if applied.get(migration.version, migration.sha256) != migration.sha256:
            raise StoreError(
                f"Migration {migration.version} ({migration.name}) differs from the one this database was made "
                "with: put the file back as it was, changes belong in a new migration."
            )


def applied_migrations(store: Store) -> dict[int, str]:
    """The version and checksum of each migration that the database was made with; none for a foreign file."""
    if ("schema_version",) not in store.execute(_TABLES):
        return {}
    return dict(store.execute("SELECT version, sha256 FROM schema_version"))
