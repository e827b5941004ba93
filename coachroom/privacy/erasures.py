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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from coachroom.clock import from_iso, to_iso
from coachroom.errors import StatementError, StoreError
from coachroom.privacy.erasure_lines import ErasureLines, WhatGoes
from coachroom.settings import Settings
from coachroom.store.replica import ALONE, NewsKind, Replica
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.privacy", "erasures.sql")

# Until then the bytes of somebody who was erased have left the database's file.
COMPACTED_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Erasure:
    """One client who was erased. `keys` are their addresses and member IDs, as `Erasures` makes keys of them."""

    client: str
    erased_at: str
    keys: tuple[str, ...]
    # When they were erased once more, after a restore or an import.
    again_at: str | None = None


class Erasures:
    """A line for each client and each compaction, only ever added to; keyed hashes, no name and no address.

    Safe to use from many threads. Whoever reads it gives the database, or the transaction in which it is acted upon:
    then nobody can be erased in between.
    """

    def __init__(self, path: Path, secret: str, replica: Replica = ALONE) -> None:
        """`secret`: what the hashes are keyed with; with another one nobody is recognised.

        A `replica` that shares its database has the table, and tells the others of each line.
        """
        self._lines = ErasureLines(path)
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
        return self._lines.exist()

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
        self._lines.append({"deleted_at": to_iso(now)})

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
        if self._lines.exist():
            self._lines.append({"compacted_at": to_iso(now)})

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
        self._lines.append(document)

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
        listed = [each for each in self._lines.documents() if "client" in each or "session" in each]
        return [document for document in listed if _known_by(document) not in shared]

    def _everywhere(self, source: Store | Transaction) -> list[dict[str, Any]]:
        documents = self._lines.documents()
        if self._replica.shared:
            documents = list({_known_by(each): each for each in (*self._shared(source), *documents)}.values())
        return documents

    def _append_missing(self, documents: Iterable[dict[str, Any]]) -> None:
        mine = {_known_by(document) for document in self._lines.documents()}
        for document in documents:
            if _known_by(document) not in mine:
                self._lines.append(document)

    def _since_compaction(self) -> list[dict[str, Any]]:
        documents = self._lines.documents()
        compacted = [place for place, document in enumerate(documents) if "compacted_at" in document]
        return documents[max(compacted, default=-1) + 1 :]

    def _key(self, name: str) -> str:
        return hmac.new(self._secret, name.strip().lower().encode(), hashlib.sha256).hexdigest()


def _known_by(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _erasures(documents: Iterable[Mapping[str, Any]]) -> tuple[Erasure, ...]:
    return tuple(
        Erasure(document["client"], document["erased_at"], tuple(document["keys"]), document.get("again_at"))
        for document in documents
        if "client" in document
    )
