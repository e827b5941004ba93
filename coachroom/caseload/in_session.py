"""Which of a coach's clients are in a session now that the coach may ask to join."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coachroom.people.people import Person, Role
from coachroom.store.statements import load_statements
from coachroom.store.store import Store

SQL = load_statements("coachroom.caseload", "in_session.sql")


@dataclass(frozen=True)
class ClientInSession:
    """A client in a session that goes on since `since` (naive UTC). `goal` is the title of their newest open goal.

    `join_id`: the join that is asked for or admitted, `join_coach` whose it is; None where nobody has asked.
    """

    session_id: str
    client_id: str
    name: str
    since: datetime
    goal: str | None
    join_id: str | None
    join_coach: str | None


class InSession:
    """Reads; safe to use from many threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of_coach(self, viewer: Person) -> list[ClientInSession]:
        """This coach's own clients who talk with the AI coach now and let coaches ask, the longest first.

        Nobody for others than coaches. Sessions in writing, paused or off the record are left out.
        """
        if viewer.role is not Role.COACH:
            return []
        found = self._store.execute(SQL["of_coach"], [viewer.email])
        if not found:
            # As at most times: pages ask every few seconds.
            return []
        sessions, clients = [row[0] for row in found], [row[1] for row in found]
        writing = {row[0] for row in self._store.execute(SQL["in_writing"], [sessions])}
        goals: dict[str, str] = dict(self._store.execute(SQL["newest_goals"], [clients]))
        return [
            ClientInSession(session_id, client_id, name, since, goals.get(client_id), join_id, join_coach)
            for session_id, client_id, name, since, join_id, join_coach in found
            if session_id not in writing
        ]
