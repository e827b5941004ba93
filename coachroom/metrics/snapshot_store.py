"""A snapshot opened to be measured: read in place, never written, without names and without turns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from coachroom.clock import from_iso
from coachroom.errors import StatementError, StoreDamagedError, StoreError
from coachroom.metrics.parameters import MetricError
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import known_migrations
from coachroom.store.snapshot import Snapshot, is_snapshot, read_manifest, sha256_of
from coachroom.store.statements import load_statements
from coachroom.store.store import Parameters, Store

if TYPE_CHECKING:
    import pandas as pd

VISIBLE = load_statements("coachroom.metrics", "_snapshot_store.sql")


@dataclass(frozen=True)
class OpenSnapshot:
    """A store that `run` takes, and the time (naive UTC) the snapshot was taken: nothing later is in it.

    It knows no members' e-mail addresses: asked for the segment of a coach it raises MetricError.
    """

    store: Store
    as_of: datetime


class _WithoutCoaches(DuckStore):
    """A store that does not know who coaches whom."""

    def frame(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        if "coach_email" in sql:
            raise MetricError(
                "A snapshot does not say who coaches whom: choose a tier, a cohort, an agent or a client instead."
            )
        return super().frame(sql, parameters)


def open_snapshot(directory: Path) -> OpenSnapshot:
    """Opens the folder that `snapshot` wrote.

    Raises StoreError, StoreDamagedError or ImportFileError with one sentence if it is none, is incomplete or
    damaged, or was taken by a coachroom of another schema version.
    """
    if not is_snapshot(directory):
        raise StoreError(
            f"{directory} is no snapshot: give a folder that `python -m coachroom snapshot DIR` has written."
        )
    snapshot = read_manifest(directory)
    _refuse_other_version(directory, snapshot.schema_version)
    as_of = _taken_at(directory, snapshot)
    files = {table: _intact_file(directory, snapshot, table) for table in VISIBLE}
    store = _WithoutCoaches(None)
    try:
        for table, file in files.items():
            _show(store, table, file)
    except StatementError as error:
        store.close()
        raise StoreDamagedError(f"{directory} cannot be read as a snapshot: copy it again.") from error
    return OpenSnapshot(store, as_of)


def _refuse_other_version(directory: Path, version: int) -> None:
    ours = known_migrations()[-1].version
    if version > ours:
        way_out = "open it with the newer coachroom that took it"
    elif version < ours:
        way_out = "import it into a new database and take a new snapshot of that"
    else:
        return
    raise StoreError(f"{directory} has schema version {version}, this coachroom reads {ours}: {way_out}.")


def _taken_at(directory: Path, snapshot: Snapshot) -> datetime:
    try:
        return from_iso(snapshot.created_at)
    except (TypeError, ValueError) as error:
        raise StoreDamagedError(
            f"The manifest of {directory} does not say when it was taken: copy it again."
        ) from error


def _intact_file(directory: Path, snapshot: Snapshot, table: str) -> Path:
    kept = snapshot.tables.get(table)
    if kept is None:
        raise StoreDamagedError(f"The manifest of {directory} lacks the table {table}: copy it again.")
    file = (directory / kept.file).resolve()
    try:
        intact = sha256_of(file) == kept.sha256
    except OSError:
        intact = False
    if not intact:
        raise StoreDamagedError(f"{file} is missing or is not the file the snapshot was taken with: copy it again.")
    return file


def _show(store: Store, table: str, file: Path) -> None:
    # A view takes no parameters; the table's name and columns are ours.
    path = str(file).replace("'", "''")
    store.execute(f"CREATE VIEW {table} AS {VISIBLE[table]} FROM read_parquet('{path}')")
