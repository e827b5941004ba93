"""A backup: a snapshot in one file, which only the owner of a key can read where one is given; and its way back."""

from __future__ import annotations

import glob
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyrage

from coachroom.errors import ImportFileError, StoreError
from coachroom.store.duck import DuckStore, sync_folder
from coachroom.store.migrate import migrate
from coachroom.store.snapshot import MANIFEST, Snapshot, restore_snapshot, take_snapshot
from coachroom.store.store import Transaction

_NAME = re.compile(r"coachroom-(\d{8}T\d{6})Z\.tar(\.age)?")
_AT = "%Y%m%dT%H%M%S"
ENCRYPTED = ".age"
PART = ".part"
# What is done in a restored database at a moment (naive UTC).
Settle = Callable[[Transaction, datetime], None]


@dataclass(frozen=True)
class Backup:
    """One backup, taken at `taken_at` (UTC)."""

    path: Path
    taken_at: datetime

    @property
    def encrypted(self) -> bool:
        return self.path.suffix == ENCRYPTED


def backups_in(folder: Path) -> list[Backup]:
    """The backups in the folder, oldest first. Raises StoreError where it cannot be read."""
    try:
        found = [(_NAME.fullmatch(path.name), path) for path in folder.iterdir()] if folder.exists() else []
    except OSError as error:
        raise StoreError(f"The backups in {folder} cannot be listed ({error.strerror}).") from error
    backups = (Backup(path, datetime.strptime(name[1], _AT)) for name, path in found if name)
    return sorted(backups, key=lambda each: each.taken_at)


def take_backup(
    store: DuckStore, folder: Path, now: datetime, *, key: str | None = None, tested: bool = False
) -> Backup:
    """Writes a backup into `folder`, whole or not at all; rooms go on meanwhile.

    `key`: the public age key it is encrypted for. `tested`: it is restored first, into a database that is thrown
    away. Raises StoreError.
    """
    recipient = None if key is None else recipient_of(key)
    name = f"coachroom-{now:{_AT}}Z.tar" + (ENCRYPTED if recipient else "")
    target = folder / name
    if target.exists():
        raise StoreError(f"{target} is there already: wait a second.")
    with _work_folder(beside=store.file) as work:
        take_snapshot(store, work / "snapshot", now)
        if tested:
            with tempfile.TemporaryDirectory(dir=work) as trial:
                _restore(work / "snapshot", Path(trial) / "database", now)
        packed = work / "packed.tar"
        try:
            with tarfile.open(packed, "w") as archive:
                archive.add(work / "snapshot", arcname=".")
            shutil.rmtree(work / "snapshot")
            if recipient is not None:
                pyrage.encrypt_file(str(packed), str(work / name), [recipient])
                packed.unlink()
                packed = work / name
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _put(packed, target)
        except OSError as error:
            raise StoreError(
                f"The backup could not be written to {folder} ({error.strerror}): give a folder that may be written "
                "and has room."
            ) from error
    return Backup(target, now.replace(microsecond=0))


def delete_old_backups(folder: Path, now: datetime, keep: timedelta) -> int:
    """Deletes backups older than `keep`, but never the latest, and what killed ones left; how many backups.

    No backup may be under way in the folder. Raises StoreError.
    """
    old = [each.path for each in backups_in(folder)[:-1] if each.taken_at < now - keep]
    for path in (*old, *folder.glob(f".coachroom-*{PART}")):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"The old backup {path} cannot be deleted ({error.strerror}): delete it.") from error
    return len(old)


def restore_backup(
    path: Path, database: Path, now: datetime, *, identity: str | None = None, settle: Settle | None = None
) -> Snapshot:
    """Makes the database `database` of a backup, whole or not at all.

    `identity`: the secret age key it needs; `settle`: what is done in the database before anybody can open it. Raises
    StoreError where the database exists or the disk is full, ImportFileError where the backup is not whole or cannot
    be read.
    """
    if database.exists():
        raise StoreError(
            f"{database} exists, and a backup never overwrites one: set COACHROOM_DATABASE to a new file."
        )
    database.parent.mkdir(parents=True, exist_ok=True)
    with _work_folder(beside=database) as work:
        _unpack(path, work, identity)
        new = work / "database"
        snapshot = _restore(work / "snapshot", new, now, settle)
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        try:
            # Unlike a renaming, a link takes nobody's place: a database may have been made meanwhile.
            os.link(new, database)
        except OSError as error:
            raise StoreError(f"{database} cannot be made ({error.strerror}): nothing was restored.") from error
        sync_folder(database.parent)
    return snapshot


def remove_unfinished(database: Path) -> None:
    """Removes what backups and restores that were killed left beside the database; none may be under way."""
    for folder in database.parent.glob(f"{glob.escape(_work_prefix(database))}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _work_prefix(database: Path) -> str:
    return f".{database.name}.backup-"


def recipient_of(key: str) -> pyrage.x25519.Recipient:
    """Raises StoreError where it is no public age key."""
    try:
        return pyrage.x25519.Recipient.from_str(key.strip())
    except pyrage.RecipientError as error:
        raise StoreError(
            "COACHROOM_BACKUP_KEY is no public age key: it begins with age1, `age-keygen` makes one."
        ) from error


def _restore(snapshot_folder: Path, database: Path, now: datetime, settle: Settle | None = None) -> Snapshot:
    store = DuckStore(database)
    try:
        migrate(store, now)
        with store.transaction() as transaction:
            snapshot = restore_snapshot(transaction, snapshot_folder)
            _compare_counts(transaction, snapshot)
            if settle is not None:
                settle(transaction, now)
    finally:
        store.close()
    return snapshot


def _compare_counts(transaction: Transaction, snapshot: Snapshot) -> None:
    for table, rows in snapshot.rows.items():
        ((count,),) = transaction.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 a name from our own manifest
        if count != rows:
            raise ImportFileError(
                f"The backup's table {table} has {count} rows and should have {rows}: take another."
            )


def _unpack(path: Path, work: Path, identity: str | None) -> None:
    packed = path
    try:
        if path.suffix == ENCRYPTED:
            if identity is None:
                raise ImportFileError(f"{path} is encrypted: give the file with the secret age key by --identity.")
            packed = work / "packed.tar"
            pyrage.decrypt_file(str(path), str(packed), [_identity_of(identity)])
        with tarfile.open(packed) as archive:
            archive.extractall(work / "snapshot", filter="data")
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read ({error.strerror}).") from error
    except pyrage.DecryptError as error:
        raise ImportFileError(f"{path} cannot be decrypted with this key, or is damaged: {error}.") from error
    except tarfile.TarError as error:
        raise ImportFileError(f"{path} is no backup or is damaged ({error}): take another.") from error
    if not (work / "snapshot" / MANIFEST).is_file():
        raise ImportFileError(f"{path} holds no snapshot: take another.")


def _identity_of(text: str) -> pyrage.x25519.Identity:
    # Whatever an editor put around it, but no comment: a key that was retired may stand there.
    found = (re.match(r"[^#]*?(AGE-SECRET-KEY-1\w+)", line) for line in text.splitlines())
    try:
        return pyrage.x25519.Identity.from_str(next((key[1] for key in found if key), ""))
    except pyrage.IdentityError as error:
        raise ImportFileError("The file given by --identity holds no secret age key: AGE-SECRET-KEY-1….") from error


def _put(packed: Path, target: Path) -> None:
    """Across file systems too: the name appears once all of it is on disk."""
    part = target.with_name(f".{target.name}{PART}")
    try:
        shutil.copyfile(packed, part)
        part.chmod(0o600)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
        sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _work_folder(beside: Path) -> Iterator[Path]:
    """For this account alone, on the database's own volume, which may be encrypted."""
    with tempfile.TemporaryDirectory(prefix=_work_prefix(beside), dir=beside.parent) as folder:
        yield Path(folder)
