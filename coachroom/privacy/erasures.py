"""The list of who was erased: a file beside the database, so that no backup brings anybody back."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from coachroom.clock import from_iso, to_iso
from coachroom.errors import StoreError


@dataclass(frozen=True)
class Erasure:
    """One client who was erased. `keys` are their addresses and member IDs, as `Erasures` makes keys of them."""

    client: str
    erased_at: str
    keys: tuple[str, ...]


class Erasures:
    """One line a client, only ever added to. It holds no name and no address, only keyed hashes of them."""

    def __init__(self, path: Path, secret: str) -> None:
        """`secret`: what the hashes are keyed with; with another one nobody is recognised."""
        self._path = path
        self._secret = secret.encode()

    @classmethod
    def beside(cls, database: Path, secret: str) -> Erasures:
        """The list of a database."""
        return cls(database.with_name(database.name + ".erased.jsonl"), secret)

    def add(self, client: str, names: Sequence[str], now: datetime) -> None:
        """Adds a client with the addresses and member IDs they were known by; returns once it is on disk.

        Raises StoreError.
        """
        line = json.dumps(asdict(Erasure(client, to_iso(now), tuple(map(self._key, names)))))
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

    def list(self) -> tuple[Erasure, ...]:
        """Everybody who was erased. Raises StoreError."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"The list of erasures {self._path} cannot be read: restore it from a copy.") from error
        return tuple(erasure for line in lines if (erasure := _erasure(line)) is not None)

    def recogniser(self) -> Callable[[Iterable[str]], datetime | None]:
        """Tells when a client with one of these addresses or member IDs was last erased, if they were."""
        erased_at = {key: from_iso(erasure.erased_at) for erasure in self.list() for key in erasure.keys}
        return lambda names: max((at for name in names if (at := erased_at.get(self._key(name)))), default=None)

    def _key(self, name: str) -> str:
        return hmac.new(self._secret, name.strip().lower().encode(), hashlib.sha256).hexdigest()


def _erasure(line: str) -> Erasure | None:
    """The erasure in a line; None where a crash cut the line off."""
    try:
        document = json.loads(line)
        return Erasure(document["client"], document["erased_at"], tuple(document["keys"]))
    except (ValueError, TypeError, KeyError):
        return None
