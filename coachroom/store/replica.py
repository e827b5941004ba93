"""One process among those that share a database: the seats that its tabs have, and what it tells the others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.store", "replica.sql")


class NewsKind(StrEnum):
    """What happened to a session. taken: another tab has its seat · ended · forgotten: words of it were deleted ·
    deleted: it is gone, or the client is who is named."""

    TAKEN = "taken"
    ENDED = "ended"
    FORGOTTEN = "forgotten"
    DELETED = "deleted"


@dataclass(frozen=True)
class News:
    """What the replica `sender` did, to which session or client."""

    kind: NewsKind
    sender: str
    subject: str

    def to_text(self) -> str:
        return f"{self.kind} {self.sender} {self.subject}"

    @classmethod
    def read(cls, text: str) -> News | None:
        """None for what a later version says."""
        kind, _, rest = text.partition(" ")
        sender, _, subject = rest.partition(" ")
        return cls(NewsKind(kind), sender, subject) if kind in set(NewsKind) and subject else None


@dataclass(frozen=True)
class Replica:
    """This process, by a `name` that no other one has. `shared`: whether others may have the database open too.

    Where they may not, it needs no name, nobody is told anything, and seats are known in memory alone.
    """

    name: str = ""
    shared: bool = False

    def seat_of(self, tab: str) -> str:
        """How the database names the seat of a tab of this process."""
        return self.seats + tab

    @property
    def seats(self) -> str:
        """What the names of all its seats begin with."""
        return f"{self.name}:"

    def tell(self, transaction: Transaction, kind: NewsKind, subject: str) -> None:
        """Within the caller's transaction: the other replicas learn of it once it is committed."""
        if self.shared:
            transaction.execute(SQL["tell"], [News(kind, self.name, subject).to_text()])


ALONE = Replica()


def command_replica(*, shared: bool) -> Replica:
    """What a command is to the others: it tells them of what it did, has no seats, and hears no news."""
    return Replica("command", shared=shared)
