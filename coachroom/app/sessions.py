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
from coachroom.store.replica import ALONE, Replica

log = logging.getLogger(__name__)


class Sessions:
    """Begins and ends sessions. Whatever ends one, its facts are made and its transcript is fetched afterwards."""

    def __init__(
        self,
        rooms: Rooms,
        presence: Presence,
        records: Records,
        facts: DueFacts,
        clock: Clock,
        *,
        replica: Replica = ALONE,
    ) -> None:
        self._rooms = rooms
        self._presence = presence
        self._records = records
        self._facts = facts
        self._clock = clock
        self._replica = replica

    def enter(
        self, room_id: str, client_id: str, tab: str, *, off_record: bool = False
    ) -> tuple[Session, str | None]:
        """Begins or resumes the room's session and gives its seat to `tab`; also returns the tab that loses it.

        `off_record`: one that begins is off the record.
        """
        session = self._rooms.enter(room_id, client_id, off_record=off_record, tab=tab)
        return session, self._presence.take(session.id, tab, self._clock())

    def has_seat(self, session_id: str, tab: str) -> bool:
        """Whether this tab, and no other one at any replica, has the session's seat."""
        return self._presence.holder(session_id) == tab and self._rooms.has_seat(session_id, tab)

    def check_seats(self, session_id: str | None = None) -> list[str]:
        """Gives up seats that another replica has, or whose session is over: of this session, or all.

        The tabs that had them have something else to show.
        """
        seats = self._presence.seats()
        asked = [session_id] if session_id is not None else list(seats)
        lost = [each for each in asked if each in seats and not self._rooms.has_seat(each)]
        tabs = [self._presence.lose(each, seats[each]) for each in lost]
        return [tab for tab in tabs if tab is not None]

    def end_unattended(self) -> int:
        """For the replica that leads: ends the sessions of one that died; how many."""
        ended = self._rooms.end_unattended()
        for session in ended:
            self._records.ask_for(session.id)
        if ended:
            log.warning("ended %d sessions whose process is gone and whose clients did not come back", len(ended))
            self._facts.make_due()
        return len(ended)

    def end(self, session_id: str, cause: EndReason) -> None:
        """Ends a session, makes its facts and asks for its transcript; does nothing if it is over."""
        ended = self._rooms.end(session_id, cause)
        self._presence.drop(session_id)
        if ended is not None:
            self._records.ask_for(session_id)
            self._facts.make_due()

    def reaper(
        self, is_alive: Callable[[str], bool], on_end: Ended, on_lost: Callable[[str | None], None] = lambda _: None
    ) -> Reaper:
        """The reaper of this process's rooms; `on_end` is called after the transcript was asked for."""

        def ended(session: Session, tab: str | None) -> None:
            self._records.ask_for(session.id)
            self._facts.make_due()
            on_end(session, tab)

        return Reaper(self._rooms, self._presence, self._clock, is_alive=is_alive, on_end=ended, on_lost=on_lost)

    def recover(self) -> None:
        """Takes up what an earlier process left open: sessions that may go on, and transcripts to fetch.

        Beside other replicas it takes up its own seats alone: the others' sessions go on, and the leader fetches.
        """
        if self._replica.shared:
            for session_id, seen_at in self._rooms.seats_here():
                self._presence.expect(session_id, seen_at, self._clock())
            return
        closed, going_on = self._rooms.recover()
        if closed:
            log.warning("closed %d sessions that an earlier process left open", len(closed))
        for session in closed:
            self._records.ask_for(session.id)
        for session in going_on:
            self._presence.expect(session.id, session.last_seen_at, self._clock())
        self._records.recover()
        self._facts.make_all()
