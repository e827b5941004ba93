"""Makes each session's briefing from what is on record, and keeps the one that was used for its client to read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from coachroom.agent.briefing import About, Briefing, make
from coachroom.clock import Clock
from coachroom.coaching.coaching import Coaching
from coachroom.store.duck import DuckStore, Row
from coachroom.store.statements import load_statements
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.agent", "briefings.sql")


@dataclass(frozen=True)
class UsedBriefing:
    """What the coach was told before a session."""

    session_id: str
    variables: dict[str, str | int]
    long_form: str
    made_at: datetime


class Briefings:
    """One briefing a session; made again when what it rests on changes before or during the session."""

    def __init__(self, store: DuckStore, writer: Writer, clock: Clock, coaching: Coaching) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._coaching = coaching

    def prepare(self, session_id: str, client_id: str) -> Briefing:
        """The briefing for a call that begins now; it is on record before it is returned.

        While a call goes on it is the one that this call was given.
        """
        used = self.of_session(session_id)
        if used is not None and self._store.execute(SQL["call_goes_on"], [session_id]):
            return Briefing(used.variables, used.long_form)
        briefing = make(self._about(session_id, client_id))
        if used is None or (used.variables, used.long_form) != (briefing.variables, briefing.long_form):
            variables = json.dumps(briefing.variables, ensure_ascii=False)
            row = [session_id, client_id, variables, briefing.long_form, self._clock()]
            self._writer.submit(lambda transaction: transaction.execute(SQL["put_briefing"], row)).result()
        return briefing

    def of_session(self, session_id: str) -> UsedBriefing | None:
        """What was told before this session; None where nothing was."""
        found = self._store.execute(SQL["briefing_of"], [session_id])
        return _used(found[0]) if found else None

    def latest_for(self, client_id: str) -> UsedBriefing | None:
        """What was told before the client's latest session."""
        found = self._store.execute(SQL["latest_briefing"], [client_id])
        return _used(found[0]) if found else None

    def _about(self, session_id: str, client_id: str) -> About:
        coaching = self._coaching
        profile = coaching.profiles.get(client_id)
        began_at, number, last_at = self._store.execute(SQL["sessions_before"], [session_id, client_id])[0]
        return About(
            profile=profile,
            goals=coaching.goals.list_for(client_id),
            actions=coaching.actions.list_for(client_id),
            memories=coaching.memory.list_for(client_id) if profile.remembers else (),
            session_number=number + 1,
            last_session_at=last_at,
            # The session's own beginning, so that a rerun of the page a minute later tells the same.
            now=began_at or self._clock(),
            session_id=session_id,
        )


def _used(row: Row) -> UsedBriefing:
    return UsedBriefing(row[0], json.loads(row[1]), row[2], row[3])
