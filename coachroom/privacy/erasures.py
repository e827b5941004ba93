"""The list of who was erased, and of what was deleted: no backup brings any of it back.

    DuckDB        a file beside the database
    PostgreSQL    a table that all processes share, and a file of each machine: each gets what it lacks of the other

The table is there at once for everybody, and as old as a backup from which the database is restored; the files are
not. A line is written in the transaction that deletes, first into the table, then into this machine's file: where
either cannot be written, nothing is deleted.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from coachroom.clock import from_iso, to_iso
from coachroom.errors import StatementError, StoreError, UnfitDatabaseError
from coachroom.settings import Settings
from coachroom.store.replica import ALONE, NewsKind, Replica
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

SQL = load_statements("coachroom.privacy", "erasures.sql")

# Until then the bytes of somebody who was erased have left the database's file.
COMPACTED_WITHIN = timedelta(days=7)
# Beside what a line says, so that none is taken with a letter changed.
_CHECK = "check"
# One of these makes a document of whatever a line begins with: ended within or behind a name, a value, a list.
_ENDINGS = (
    *('"}', '": 0}', ": 0}", "0}", "}", "l}", "ll}", "ull}", "]}", '"]}', '""]}', '"": 0}'),
    # Within what stands for a letter that is not ASCII.
    *('\\"}', '0"}', '00"}', '000"}', '0000"}'),
)


@dataclass(frozen=True)
class Erasure:
    """One client who was erased. `keys` are their addresses and member IDs, as `Erasures` makes keys of them."""

    client: str
    erased_at: str
    keys: tuple[str, ...]
    # When they were erased once more, after a restore or an import.
    again_at: str | None = None


class WhatGoes(StrEnum):
    """Of a session: its rows, its rows and the goals and steps that came from it, or all but its times."""

    SESSION = "session"
    SESSION_AND_NOTES = "session and notes"
    ALL_BUT_TIMES = "all but times"


class Erasures:
    """A line for each client and each compaction, only ever added to; keyed hashes, no name and no address.

    Safe to use from many threads. Whoever reads it gives the database, or the transaction in which it is acted upon:
    then nobody can be erased in between.
    """

    def __init__(self, path: Path, secret: str, replica: Replica = ALONE) -> None:
        """`secret`: what the hashes are keyed with; with another one nobody is recognised.

        A `replica` that shares its database has the table, and tells the others of each line.
        """
        self._path = path
        self._secret = secret.encode()
        self._replica = replica
        self._after_deletion: Callable[[], None] = lambda: None

    @classmethod
    def of(cls, settings: Settings, replica: Replica) -> Erasures:
        """The list of the database of these settings."""
        return cls.beside(settings.beside, settings, replica)

    @classmethod
    def beside(cls, database: Path, settings: Settings, replica: Replica) -> Erasures:
        """The list of another database, whose settings have the same secret."""
        secret = settings.cookie_secret.get_secret_value()
        return cls(database.with_name(database.name + ".erased.jsonl"), secret, replica)

    @property
    def exists(self) -> bool:
        """Whether this machine has such a file."""
        return self._path.exists()

    def after_deletion(self, call: Callable[[], None]) -> None:
        """`call` is called after each transaction that deletes a client or a session. It must not raise."""
        self._after_deletion = call

    def add(self, transaction: Transaction, client: str, names: Sequence[str], now: datetime) -> None:
        """Adds a client with the addresses and member IDs they were known by; returns once it is on disk.

        Raises StoreError.
        """
        self._list(transaction, asdict(Erasure(client, to_iso(now), tuple(map(self._key, names)))))
        self.tell(transaction, client)

    def note_again(self, transaction: Transaction, clients: Iterable[str], now: datetime) -> None:
        """Erased clients whose rows were brought back: their bytes are in the file anew. Raises StoreError."""
        known = {erasure.client: erasure for erasure in self.all(transaction)}
        for client in clients:
            erasure = known.get(client, Erasure(client, to_iso(now), ()))
            self._list(transaction, asdict(replace(erasure, again_at=to_iso(now))))
            self.tell(transaction, client)

    def note_deletion(self, now: datetime) -> None:
        """Words of somebody who stays are about to be deleted: their bytes are in the file. Raises StoreError."""
        self._append({"deleted_at": to_iso(now)})

    def add_session(self, transaction: Transaction, session_id: str, what_goes: WhatGoes, now: datetime) -> None:
        """A session is about to be deleted, or a part of it. Raises StoreError."""
        self._list(transaction, {"deleted_at": to_iso(now), "session": session_id, "what_goes": what_goes})
        if what_goes is not WhatGoes.ALL_BUT_TIMES:
            self.tell(transaction, session_id)

    def tell(self, transaction: Transaction, subject: str) -> None:
        """All processes drop what they made of people's data once a client or a session is deleted."""
        self._replica.tell(transaction, NewsKind.DELETED, subject)
        transaction.afterwards(self._after_deletion)

    def all(self, source: Store | Transaction) -> tuple[Erasure, ...]:
        """Everybody who was erased. Raises StoreError."""
        return _erasures(self._everywhere(source))

    def sessions(self, source: Store | Transaction) -> dict[str, WhatGoes]:
        """The sessions that were deleted. Raises StoreError."""
        listed = (document for document in self._everywhere(source) if "session" in document)
        return {document["session"]: WhatGoes(document["what_goes"]) for document in listed}

    def recogniser(self, source: Store | Transaction) -> Callable[[Iterable[str]], datetime | None]:
        """Tells when a client with one of these addresses or member IDs was last erased, if they were."""
        erased_at: dict[str, datetime] = {}
        for erasure in self.all(source):
            at_time = from_iso(erasure.erased_at)
            erased_at |= {key: max(at_time, erased_at.get(key, at_time)) for key in erasure.keys}
        return lambda names: max((at for name in names if (at := erased_at.get(self._key(name)))), default=None)

    def take_over(self, other: Erasures, source: Store) -> None:
        """Adds to this file what another list has, that of the database `source`. Raises StoreError."""
        self._append_missing(other._everywhere(source))

    def take_over_shared(self, source: Store | Transaction) -> None:
        """Adds to this machine's file what others put on the table. Raises StoreError."""
        if self._replica.shared:
            self._append_missing(self._shared(source))

    def unshared(self, source: Store | Transaction) -> int:
        """How many lines this machine's file has that the table lacks, as after a restore. Raises StoreError."""
        return len(self._unshared(source))

    def even_out(self, transaction: Transaction) -> None:
        """File and table take over what the other has. Raises StoreError."""
        if not self._replica.shared:
            return
        for document in self._unshared(transaction):
            self._share(transaction, document)
        self.take_over_shared(transaction)

    def note_compaction(self, now: datetime) -> None:
        """The bytes of everybody on the list have left the database's file. Raises StoreError."""
        if self._path.exists():
            self._append({"compacted_at": to_iso(now)})

    def uncompacted(self) -> tuple[Erasure, ...]:
        """Who was erased since the file was last compacted. Raises StoreError."""
        return _erasures(self._since_compaction())

    def uncompacted_since(self) -> datetime | None:
        """When first something was deleted since; None where nothing was. Raises StoreError."""
        documents = self._since_compaction()
        moments = [each.again_at or each.erased_at for each in _erasures(documents)]
        moments += [document["deleted_at"] for document in documents if "deleted_at" in document]
        return min(map(from_iso, moments), default=None)

    def _list(self, transaction: Transaction, document: Mapping[str, Any]) -> None:
        if self._replica.shared:
            self._share(transaction, document)
        self._append(document)

    def _share(self, transaction: Transaction, document: Mapping[str, Any]) -> None:
        try:
            transaction.execute(SQL["add"], [_known_by(document), json.dumps(document)])
        except StatementError as error:
            raise StoreError(
                f"The list of erasures cannot be written ({error.cause}); nothing was erased."
            ) from error

    def _shared(self, source: Store | Transaction) -> list[dict[str, Any]]:
        return [json.loads(line) for (line,) in source.execute(SQL["lines"])]

    def _unshared(self, source: Store | Transaction) -> list[dict[str, Any]]:
        if not self._replica.shared:
            return []
        shared = {_known_by(document) for document in self._shared(source)}
        # What else stands in a file is about that machine's bytes.
        listed = [each for each in self._documents() if "client" in each or "session" in each]
        return [document for document in listed if _known_by(document) not in shared]

    def _everywhere(self, source: Store | Transaction) -> list[dict[str, Any]]:
        documents = self._documents()
        if self._replica.shared:
            documents = list({_known_by(each): each for each in (*self._shared(source), *documents)}.values())
        return documents

    def _append_missing(self, documents: Iterable[dict[str, Any]]) -> None:
        mine = {_known_by(document) for document in self._documents()}
        for document in documents:
            if _known_by(document) not in mine:
                self._append(document)

    def _since_compaction(self) -> list[dict[str, Any]]:
        documents = self._documents()
        compacted = [place for place, document in enumerate(documents) if "compacted_at" in document]
        return documents[max(compacted, default=-1) + 1 :]

    def _append(self, document: Mapping[str, Any]) -> None:
        line = json.dumps({**document, _CHECK: _check_of(document)}).encode()
        try:
            with self._path.open("a+b") as file:
                if fcntl is not None:
                    # Other processes of this machine may write too.
                    fcntl.flock(file, fcntl.LOCK_EX)
                file.write(_make_room(file) + line + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(
                f"The list of erasures {self._path} cannot be written ({error.strerror}); nothing was erased."
            ) from error

    def _documents(self) -> list[dict[str, Any]]:
        try:
            content = self._path.read_bytes().removeprefix(BOM_UTF8)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"The list of erasures {self._path} cannot be read ({error.strerror}).") from error
        whole, last = _split(content)
        lines = whole.splitlines() + ([] if _was_cut_off(last) else [last])
        return [self._read(line, number) for number, line in enumerate(lines, start=1) if line.strip(b" \t")]

    def _read(self, line: bytes, number: int) -> dict[str, Any]:
        """What a line says. One that an editor spoilt is not passed over: it would bring somebody back."""
        document = _document_in(line)
        if document is not None:
            return document
        raise UnfitDatabaseError(
            f"The list of erasures {self._path}, line {number}: this line is not whole; correct it, or restore the "
            "file from a copy."
        )

    def _key(self, name: str) -> str:
        return hmac.new(self._secret, name.strip().lower().encode(), hashlib.sha256).hexdigest()


def _split(content: bytes) -> tuple[bytes, bytes]:
    """The lines that were ended, and what stands behind them without the zeros that a crash may leave."""
    end = max(content.rfind(b"\n"), content.rfind(b"\r")) + 1
    return content[:end], content[end:].rstrip(b"\0")


def _make_room(file: IO[bytes]) -> bytes:
    """Takes away what a crash left at the end: nobody was told that it is kept. What comes before the next line."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
    if file.read() in {b"", b"\n", b"\r"}:
        return b""
    file.seek(0)
    whole, last = _split(file.read())
    if _was_cut_off(last):
        file.truncate(len(whole))
        return b""
    file.truncate(len(whole) + len(last))
    return b"\n"


def _was_cut_off(last: bytes) -> bool:
    """Whether this is nothing, or the beginning of a line but not all of one."""
    if not last.strip():
        return True
    for document in (_parsed(last + ending.encode()) for ending in _ENDINGS):
        if document is not None:
            *names, begun = document or [""]
            return _NAMES.issuperset(names) and any(name.startswith(begun) for name in _NAMES)
    return False


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _document_in(line: bytes) -> dict[str, Any] | None:
    """What a line says, without its check; None where it is none of the kinds, or not all of one."""
    document = _parsed(line)
    if document is None:
        return None
    check = document.pop(_CHECK, None)
    kind = next((kind for kind in _KINDS if set(document) == set(kind)), {})
    whole = bool(kind) and all(is_one(document[name]) for name, is_one in kind.items())
    # Lines of an older version, and those that were written by hand, have no check.
    return document if whole and (check is None or check == _check_of(document)) else None


def _check_of(document: Mapping[str, Any]) -> str:
    return f"{zlib.crc32(json.dumps(document, sort_keys=True).encode()):08x}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_moment(value: Any) -> bool:
    try:
        from_iso(value)
    except (TypeError, ValueError):
        return False
    return True


def _are_keys(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(each) and re.fullmatch("[0-9a-f]{64}", each) for each in value)


_ERASED: dict[str, Callable[[Any], bool]] = {"client": _is_text, "erased_at": _is_moment, "keys": _are_keys}
# What each kind of line says, and how each part of it is known.
_KINDS: tuple[dict[str, Callable[[Any], bool]], ...] = (
    _ERASED,
    _ERASED | {"again_at": lambda value: value is None or _is_moment(value)},
    {"deleted_at": _is_moment},
    {"deleted_at": _is_moment, "session": _is_text, "what_goes": lambda value: value in list(WhatGoes)},
    {"compacted_at": _is_moment},
)
_NAMES = frozenset({_CHECK}.union(*_KINDS))


def _known_by(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _erasures(documents: Iterable[Mapping[str, Any]]) -> tuple[Erasure, ...]:
    return tuple(
        Erasure(document["client"], document["erased_at"], tuple(document["keys"]), document.get("again_at"))
        for document in documents
        if "client" in document
    )
