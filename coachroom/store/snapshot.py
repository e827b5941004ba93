"""A snapshot: every table as a Parquet file, with a manifest that says what belongs together; and its way back."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from coachroom.clock import to_iso
from coachroom.errors import ImportFileError, StoreError, StoreFileError
from coachroom.store.duck import DuckStore
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.store", "snapshot_duckdb.sql")

MANIFEST = "manifest.json"
LEDGER = "schema_version"


@dataclass(frozen=True)
class TableFile:
    """One table of a snapshot: its file's name, its rows and the file's SHA-256."""

    file: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Snapshot:
    """What `manifest.json` holds; `created_at` is ISO 8601 in UTC."""

    schema_version: int
    created_at: str
    tables: dict[str, TableFile]

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each table has, but for the list of migrations, which the database writes itself."""
        return {name: table.rows for name, table in self.tables.items() if name != LEDGER}


def take_snapshot(store: DuckStore, directory: Path, now: datetime) -> Snapshot:
    """Writes every table into `directory`, all as of one time; rooms may go on writing meanwhile.

    The directory appears complete or not at all, readable by its owner only, for it holds transcripts.
    Raises StoreError if it is not empty or cannot be written.
    """
    _refuse_used(directory)
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", suffix=".tmp", dir=directory.parent))
    except OSError as error:
        raise _unwritable(directory, error.strerror or str(error)) from error
    try:
        with store.transaction() as transaction:
            snapshot = _write_tables(transaction, work, now)
        (work / MANIFEST).write_text(json.dumps(asdict(snapshot), indent=2) + "\n", encoding="utf-8")
        if directory.exists():
            # It is empty; Windows puts nothing in the place of a folder.
            directory.rmdir()
        work.replace(directory)
    except OSError as error:
        raise _unwritable(directory, error.strerror or str(error)) from error
    except StoreFileError as error:
        raise _unwritable(directory, error.cause) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return snapshot


def is_snapshot(directory: Path) -> bool:
    """Whether `directory` holds a snapshot, by its manifest."""
    return (directory / MANIFEST).is_file()


def restore_snapshot(transaction: Transaction, directory: Path) -> Snapshot:
    """Puts a snapshot back into an empty database of the same or a newer schema version.

    Raises ImportFileError, before anything is written, if a file is missing or changed or the database holds rows.
    """
    snapshot = read_manifest(directory)
    version = int(transaction.execute(SQL["schema_version"])[0][0])
    if snapshot.schema_version > version:
        raise ImportFileError(
            f"The snapshot has schema version {snapshot.schema_version}, this coachroom knows {version}: "
            "use the newer coachroom that took it."
        )
    tables = [name for (name,) in transaction.execute(SQL["tables"]) if name in snapshot.tables and name != LEDGER]
    for table in tables:
        if transaction.execute(f'SELECT 1 FROM "{table}" LIMIT 1'):  # noqa: S608 a name from our own catalogue
            raise ImportFileError(
                f"A snapshot goes into an empty database, {table} holds rows: set COACHROOM_DATABASE to a new file."
            )
    paths = {table: directory / snapshot.tables[table].file for table in tables}
    for table, path in paths.items():
        if not path.is_file() or sha256_of(path) != snapshot.tables[table].sha256:
            raise ImportFileError(f"{path} is missing or is not the file the snapshot was taken with: copy it again.")
    for table, path in paths.items():
        transaction.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM read_parquet($1)', [str(path)])  # noqa: S608
    return snapshot


def read_manifest(directory: Path) -> Snapshot:
    try:
        document = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        tables = {
            name: TableFile(Path(file["file"]).name, file["rows"], file["sha256"])
            for name, file in document["tables"].items()
        }
        return Snapshot(int(document["schema_version"]), document["created_at"], tables)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ImportFileError(f"{directory / MANIFEST} is not the manifest of a snapshot: copy it again.") from error


def _write_tables(transaction: Transaction, work: Path, now: datetime) -> Snapshot:
    tables: dict[str, TableFile] = {}
    for (table,) in transaction.execute(SQL["tables"]):
        path = work / f"{table}.parquet"
        # COPY takes no parameter for the table; the name comes from our own catalogue.
        copied = transaction.execute(f'COPY "{table}" TO $1 (FORMAT parquet, COMPRESSION zstd)', [str(path)])
        tables[table] = TableFile(path.name, int(copied[0][0]), sha256_of(path))
    version = int(transaction.execute(SQL["schema_version"])[0][0])
    return Snapshot(version, to_iso(now), tables)


def _refuse_used(directory: Path) -> None:
    try:
        used = directory.exists() and (not directory.is_dir() or any(directory.iterdir()))
    except OSError as error:
        raise _unwritable(directory, error.strerror or str(error)) from error
    if used:
        raise StoreError(f"{directory} is not an empty folder: give a new folder, a snapshot never overwrites one.")


def _unwritable(directory: Path, cause: str) -> StoreError:
    return StoreError(
        f"The snapshot could not be written to {directory} ({cause}): give a folder that may be written."
    )


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
