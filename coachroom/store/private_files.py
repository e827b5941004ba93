"""What clients say is for the account that runs the app: nobody else on the machine may read its files."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from coachroom.errors import StoreError

OTHERS = stat.S_IRWXG | stat.S_IRWXO
# Windows keeps permissions in another way, which these bits do not reach.
_HAS_MODES = os.name == "posix"


def keep_private(database: Path) -> None:
    """Takes the database's files from other accounts, and all files that this process writes from now on.

    A folder that is there keeps its permissions: it may hold other things.
    """
    if not _HAS_MODES:
        return
    os.umask(OTHERS)
    for path in _files(database):
        # A file of another account is not ours to change; opening it says so where it matters.
        with contextlib.suppress(OSError):
            path.chmod(path.stat().st_mode & ~OTHERS)


def make_folder(folder: Path) -> None:
    """Makes the folder for what lies beside a database where it is missing. Raises StoreError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} cannot be made ({error.strerror}): set COACHROOM_DATA_DIR to another one."
        ) from error


def write_private(path: Path, content: bytes) -> None:
    """Makes a file for this account alone, whole or not at all. Raises OSError, also where there is one already."""
    file = path.open("xb")
    try:
        with file:
            path.chmod(0o600)
            file.write(content)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def give_to_owner_of(file: Path, other: Path) -> None:
    """Gives `other` the owner of `file`, in whose place it is put: the administrator's commands may run as root.

    Raises OSError.
    """
    if _HAS_MODES:
        owner = file.stat()
        os.chown(other, owner.st_uid, owner.st_gid)


def open_to_others(database: Path) -> list[Path]:
    """The database's files and its folder where other accounts have any permission; none on Windows."""
    if not _HAS_MODES:
        return []
    paths = [database.parent, *_files(database)]
    return [path for path in paths if path.exists() and path.stat().st_mode & OTHERS]


def _files(database: Path) -> Iterator[Path]:
    yield database
    yield database.with_name(database.name + ".wal")
