"""The list of who was erased: a file beside the database, so that no backup brings anybody back."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from coachroom.clock import from_iso, to_iso
from coachroom.errors import StoreError
from coachroom.settings import Settings

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


class WhatGoes(StrEnum):
    """Of a session: its rows, its rows and the goals and steps that came from it, or all but its times."""

    SESSION = "session"
    SESSION_AND_NOTES = "session and notes"
    ALL_BUT_TIMES = "all but times"


class Erasures:
    """A line for each client and each compaction, only ever added to; keyed hashes, no name and no address."""

    def __init__(self, path: Path, secret: str) -> None:
        """`secret`: what the hashes are keyed with; with another one nobody is recognised."""
        self._path = path
        self._secret = secret.encode()

    @classmethod
    def of(cls, settings: Settings) -> Erasures:
        """The list beside the database of these settings."""
        return cls.beside(settings.beside, settings)

    @classmethod
    def beside(cls, database: Path, settings: Settings) -> Erasures:
        """The list beside another database, whose settings have the same secret."""
        return cls(database.with_name(database.name + ".erased.jsonl"), settings.cookie_secret.get_secret_value())

    @property
    def exists(self) -> bool:
        """Whether there is such a list."""
        return self._path.exists()

    def add(self, client: str, names: Sequence[str], now: datetime) -> None:
        """Adds a client with the addresses and member IDs they were known by; returns once it is on disk.

        Raises StoreError.
        """
        self._append(asdict(Erasure(client, to_iso(now), tuple(map(self._key, names)))))

    def take_over(self, other: Erasures) -> None:
        """Adds what another list has and this one has not. Raises StoreError."""
        mine = self._documents()
        for document in other._documents():
            if document not in mine:
                self._append(document)

    def note_again(self, clients: Iterable[str], now: datetime) -> None:
        """Erased clients whose rows were brought back: their bytes are in the file anew. Raises StoreError."""
        known = {erasure.client: erasure for erasure in self.all()}
        for client in clients:
            erasure = known.get(client, Erasure(client, to_iso(now), ()))
            self._append(asdict(replace(erasure, again_at=to_iso(now))))

    def note_deletion(self, now: datetime) -> None:
        """Words of somebody who stays are about to be deleted: their bytes are in the file. Raises StoreError."""
        self._append({"deleted_at": to_iso(now)})

    def add_session(self, session_id: str, what_goes: WhatGoes, now: datetime) -> None:
        """A session is about to be deleted, or a part of it. Raises StoreError."""
        self._append({"deleted_at": to_iso(now), "session": session_id, "what_goes": what_goes})

    def sessions(self) -> dict[str, WhatGoes]:
        """The sessions that were deleted. Raises StoreError."""
        listed = (document for document in self._documents() if "session" in document)
        return {document["session"]: WhatGoes(document["what_goes"]) for document in listed}

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

    def _since_compaction(self) -> list[dict[str, Any]]:
        documents = self._documents()
        compacted = [place for place, document in enumerate(documents) if "compacted_at" in document]
        return documents[max(compacted, default=-1) + 1 :]

    def _append(self, document: Mapping[str, Any]) -> None:
        line = json.dumps(document)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                # A line that a crash cut off must not swallow this one.
                file.write(f"\n{line}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(
                f"The list of erasures {self._path} cannot be written ({error.strerror}); nothing was erased."
            ) from error

    def all(self) -> tuple[Erasure, ...]:
        """Everybody who was erased. Raises StoreError."""
        return _erasures(self._documents())

    def _documents(self) -> list[dict[str, Any]]:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"The list of erasures {self._path} cannot be read: restore it from a copy.") from error
        return [document for line in lines if isinstance(document := _parsed(line), dict)]

    def recogniser(self) -> Callable[[Iterable[str]], datetime | None]:
        """Tells when a client with one of these addresses or member IDs was last erased, if they were."""
        erased_at = {key: from_iso(erasure.erased_at) for erasure in self.all() for key in erasure.keys}
        return lambda names: max((at for name in names if (at := erased_at.get(self._key(name)))), default=None)

    def _key(self, name: str) -> str:
        return hmac.new(self._secret, name.strip().lower().encode(), hashlib.sha256).hexdigest()


def _erasures(documents: Iterable[Mapping[str, Any]]) -> tuple[Erasure, ...]:
    return tuple(
        Erasure(document["client"], document["erased_at"], tuple(document["keys"]), document.get("again_at"))
        for document in documents
        if "client" in document
    )


def _parsed(line: str) -> Any:
    """What a line says; None where a crash cut it off."""
    try:
        return json.loads(line)
    except ValueError:
        return None
