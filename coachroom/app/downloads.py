"""Files that wait for their owner. Streamlit's own download addresses answer whoever knows them."""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from coachroom.clock import Clock, new_secret_id
from coachroom.metrics.exports.formats import SIDECAR_SUFFIX, ExportError, Format
from coachroom.people.people import Person, Role

KEPT = timedelta(minutes=15)
# A download that begins just before the file expires still finds it.
SLACK = timedelta(minutes=1)
MAX_FILES = 200
MAX_FILES_OF_ONE = 20
MAX_BYTES = 1024**3
# With less than this free, what there is belongs to the rooms.
MIN_FREE_BYTES = 512 * 1024**2
MAX_NAME_CHARS = 100


@dataclass(frozen=True)
class Download:
    """A file that waits for its owner: the person with this e-mail, as long as they have this role."""

    id: str
    owner: str
    role: Role
    path: Path
    filename: str
    media_type: str
    size: int
    expires_at: datetime

    @property
    def url(self) -> str:
        return f"/exports/{self.id}"


class Downloads:
    """The files that wait, in a folder of their own. Safe to use from many threads."""

    def __init__(self, folder: Path, clock: Clock, replica: str = "") -> None:
        """Empties `folder`: what a crash left there belongs to nobody any more.

        With a `replica`, its own folder within: beside it are those of the others, and of those that are gone.
        """
        self._others = folder if replica else None
        folder = folder / replica
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[str, Download] = {}
        self._generation = 0
        shutil.rmtree(folder, ignore_errors=True)

    @property
    def generation(self) -> int:
        """How often everything was withdrawn."""
        return self._generation

    def offer(
        self, owner: Person, filename: str, write: Callable[[Path], object], *, generation: int | None = None
    ) -> tuple[Download, ...]:
        """Calls `write` with a path to write to, and keeps what it has written there for KEPT.

        The first download is the file itself, the second, where `write` made one, its header. The owner's oldest
        files make room. `generation`: the one at which what is written was read; this one, if `write` reads it.
        Raises ExportError when all the room is taken or the disk is nearly full, and what `write` raises.
        """
        self.sweep()
        generation = self._generation if generation is None else generation
        if shutil.disk_usage(_existing(self._folder)).free < MIN_FREE_BYTES:
            raise ExportError(
                "The server's disk is nearly full, so no file can be made: please tell an administrator."
            )
        place = self._folder / secrets.token_hex(8)
        try:
            place.mkdir(mode=0o700, parents=True)
            path = place / safe_filename(filename)
            write(path)
            made = sorted(place.iterdir(), key=lambda file: file != path)
            downloads = tuple(self._download(owner, file) for file in made)
            self._keep(owner, downloads, generation)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return downloads

    def find(self, id: str, person: Person | None) -> Download | None:
        """The download, if it is this person's and still waits."""
        with self._lock:
            download = self._waiting.get(id)
        if download is None or person is None or download.expires_at <= self._clock():
            return None
        return download if (person.email, person.role) == (download.owner, download.role) else None

    def withdraw_all(self) -> None:
        """Deletes everything, and whatever is being written: somebody's data in it was deleted."""
        with self._lock:
            self._generation += 1
            self._drop(list(self._waiting.values()))

    def sweep(self) -> None:
        """Deletes what has expired, and what replicas that died have left."""
        now = self._clock()
        with self._lock:
            self._drop([each for each in self._waiting.values() if each.expires_at + SLACK <= now])
        if self._others is not None:
            _remove_left(self._others, now - KEPT - 2 * SLACK)

    def close(self) -> None:
        """Deletes everything."""
        with self._lock:
            self._waiting.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _download(self, owner: Person, file: Path) -> Download:
        return Download(
            id=new_secret_id(),
            owner=owner.email,
            role=owner.role,
            path=file,
            filename=file.name,
            media_type=_media_type(file),
            size=file.stat().st_size,
            expires_at=self._clock() + KEPT,
        )

    def _keep(self, owner: Person, downloads: tuple[Download, ...], generation: int) -> None:
        with self._lock:
            if generation != self._generation:
                raise ExportError(
                    "Somebody's data was deleted while the file was made, so it was not kept: make it once more."
                )
            # Dictionaries keep their order, so the oldest come first.
            own = [each for each in self._waiting.values() if each.owner == owner.email]
            self._drop(own[: max(0, len(own) + len(downloads) - MAX_FILES_OF_ONE)])
            size = sum(each.size for each in (*self._waiting.values(), *downloads))
            if len(self._waiting) + len(downloads) > MAX_FILES or size > MAX_BYTES:
                raise ExportError(
                    "There is no room for another export right now: download those you made, or try again in "
                    f"{KEPT.seconds // 60} minutes."
                )
            self._waiting.update({each.id: each for each in downloads})

    def _drop(self, downloads: list[Download]) -> None:
        for download in downloads:
            del self._waiting[download.id]
            try:
                download.path.unlink(missing_ok=True)
                download.path.parent.rmdir()
            except OSError:
                # Its companion still waits there, or it is being sent, which on Windows keeps a file: it is deleted
                # with the whole folder at the end.
                continue


def _remove_left(folder: Path, before: datetime) -> None:
    """Deletes what replicas that died left in their folders `before` then; one that lives has deleted its own."""
    for place in folder.glob("*/*"):
        with suppress(OSError):
            if _changed_at(place) <= before:
                shutil.rmtree(place, ignore_errors=True)
    for empty in folder.glob("*/"):
        # Those of living replicas as well, which make theirs anew; not one in which something was just made.
        with suppress(OSError):
            if _changed_at(empty) <= before:
                empty.rmdir()


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def safe_filename(text: str) -> str:
    """A name that is one on every system: letters, digits, dots, hyphens and underscores."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")
    stem, dot, suffix = name.rpartition(".")
    return (stem[:MAX_NAME_CHARS] + dot + suffix[:MAX_NAME_CHARS]) or "export"


def _media_type(file: Path) -> str:
    if file.name.endswith(SIDECAR_SUFFIX):
        return "application/json"
    try:
        return Format(file.suffix.removeprefix(".")).media_type
    except ValueError:
        return "application/octet-stream"
