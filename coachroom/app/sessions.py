"""How a session begins and ends: its room, the tab that has its seat, and the transcript of its calls."""

from __future__ import annotations

import logging
from collections.abc import Callable

from coachroom.clock import Clock
from coachroom.metrics.due_facts import DueFacts
from coachroom.recording.records import Records
from coachroom.rooms.presence import Presence
from coachroom.rooms.reaper import Ended, Reaper
from coachroom.rooms.rooms import Rooms
from coachroom.rooms.states import EndReason, Session

log = logging.getLogger(__name__)


class Sessions:
    """Begins and ends sessions. Whatever ends one, its facts are made and its transcript is fetched afterwards."""

    def __init__(self, rooms: Rooms, presence: Presence, records: Records, facts: DueFacts, clock: Clock) -> None:
        self._rooms = rooms
        self._presence = presence
        self._records = records
        self._facts = facts
        self._clock = clock

    def enter(
        self, room_id: str, client_id: str, tab: str, *, off_record: bool = False
    ) -> tuple[Session, str | None]:
        """Begins or resumes the room's session and gives its seat to `tab`; also returns the tab that loses it.

        `off_record`: one that begins is off the record.
        """
        session = self._rooms.enter(room_id, client_id, off_record=off_record)
        return session, self._presence.take(session.id, tab, self._clock())

    def end(self, session_id: str, cause: EndReason) -> None:
        """Ends a session, makes its facts and asks for its transcript; does nothing if it is over."""
        ended = self._rooms.end(session_id, cause)
        self._presence.drop(session_id)
        if ended is not None:
            self._records.ask_for(session_id)
            self._facts.make_due()

    def reaper(self, is_alive: Callable[[str], bool], on_end: Ended) -> Reaper:
        """The reaper of this process's rooms; `on_end` is called after the transcript was asked for."""

        def ended(session: Session, tab: str | None) -> None:
            self._records.ask_for(session.id)
            self._facts.make_due()
            on_end(session, tab)

        return Reaper(self._rooms, self._presence, self._clock, is_alive=is_alive, on_end=ended)

    def recover(self) -> None:
        """Takes up what an earlier process left open: sessions that may go on, and transcripts to fetch."""
        closed, going_on = self._rooms.recover()
        if closed:
            log.warning("closed %d sessions that an earlier process left open", len(closed))
        for session in closed:
            self._records.ask_for(session.id)
        for session in going_on:
            self._presence.expect(session.id, session.last_seen_at, self._clock())
        self._records.recover()
        self._facts.make_all()
