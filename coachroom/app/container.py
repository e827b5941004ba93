"""The parts of one running coachroom, put together once a process and shared by pages, routes and commands."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from pydantic import SecretStr

from coachroom.agent.briefings import Briefings, forget_in_briefings
from coachroom.agent.tools import Tools
from coachroom.app.simulator_wiring import open_agent
from coachroom.clock import Clock, utc_now
from coachroom.coaching.coaching import Coaching
from coachroom.coaching.memory import Forgotten
from coachroom.demo.community import seed_small_community
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.metrics.facts import earlier_sessions, write_facts
from coachroom.people.demo import seed_demo_people
from coachroom.people.people import People
from coachroom.people.signed_tokens import SignedTokens
from coachroom.recording.calls import agent_hung_up
from coachroom.recording.intake import Intake
from coachroom.recording.rebuild import Rebuilder
from coachroom.recording.records import Records, delete_analysis
from coachroom.recording.session_states import SessionStates
from coachroom.rooms.presence import Presence
from coachroom.rooms.reaper import Ended, Reaper
from coachroom.rooms.rooms import RoomLimits, Rooms
from coachroom.rooms.states import EndReason, Session
from coachroom.settings import Settings
from coachroom.simulator import PracticeAgent
from coachroom.store.duck import DuckStore, Transaction
from coachroom.store.migrate import migrate
from coachroom.store.writer import Writer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services:
    """Everything a page or a route may ask for."""

    settings: Settings
    clock: Clock
    store: DuckStore
    writer: Writer
    people: People
    tokens: SignedTokens
    rooms: Rooms
    presence: Presence
    coaching: Coaching
    briefings: Briefings
    intake: Intake
    tools: Tools
    records: Records
    provider: ElevenLabs | None
    practice: PracticeAgent | None
    webhook_secret: SecretStr | None

    @property
    def signs_addresses(self) -> bool:
        """Whether a call needs an address that this server gets with its API key."""
        return self.practice is None and self.provider is not None

    def enter(self, room_id: str, client_id: str, tab: str) -> tuple[Session, str | None]:
        """Begins or takes up the session and gives its seat to `tab`; also returns the tab that loses it."""
        session = self.rooms.enter(room_id, client_id)
        return session, self.presence.take(session.id, tab, self.clock())

    def end(self, session_id: str, cause: EndReason) -> None:
        """Ends a session and asks for its transcript; nothing happens to one that is over."""
        ended = self.rooms.end(session_id, cause)
        self.presence.drop(session_id)
        if ended is not None:
            self.records.ask_for(session_id)

    def reaper(self, is_alive: Callable[[str], bool], on_end: Ended) -> Reaper:
        """The reaper of this process's rooms; `on_end` is called after the transcript was asked for."""

        def ended(session: Session, tab: str | None) -> None:
            self.records.ask_for(session.id)
            on_end(session, tab)

        return Reaper(self.rooms, self.presence, self.clock, is_alive=is_alive, on_end=ended)

    def close(self) -> None:
        """Writes what waits, then lets go of the database."""
        if self.provider is not None:
            self.provider.close()
        self.writer.close()
        self.store.close()


def open_services(settings: Settings, clock: Clock = utc_now) -> Services:
    """Opens the database, brings its schema up to date and closes what a crash left open. Raises StoreError."""
    store = DuckStore(settings.database)
    try:
        migrate(store, clock())
    except BaseException:
        store.close()
        raise
    writer = Writer(store)
    limits = RoomLimits(
        session=timedelta(minutes=settings.session_minutes),
        grace=timedelta(seconds=settings.grace_seconds),
        room=timedelta(hours=settings.room_hours),
    )
    rooms = Rooms(store, writer, clock, limits, after_end=write_facts, agent_hung_up=agent_hung_up)
    coaching = Coaching(store, writer, clock, after_forget=_forget_above)
    rebuilder = Rebuilder(writer, rooms, clock, SessionStates(store), coaching=coaching)
    intake = Intake(store, writer, rooms, clock, rebuilder, agent_id=settings.agent_id)
    provider, practice, webhook_secret = open_agent(settings)
    services = Services(
        settings=settings,
        clock=clock,
        store=store,
        writer=writer,
        people=People(store, writer, clock),
        tokens=SignedTokens(settings.cookie_secret.get_secret_value()),
        rooms=rooms,
        presence=Presence(),
        coaching=coaching,
        briefings=Briefings(store, writer, clock, coaching, history=partial(earlier_sessions, store)),
        intake=intake,
        tools=Tools(store, writer, clock, coaching.proposals),
        records=Records(store, writer, rooms, rebuilder, clock, provider=provider, agent_id=settings.agent_id),
        provider=provider,
        practice=practice,
        webhook_secret=webhook_secret,
    )
    if settings.demo_sign_in:
        seed_demo_people(writer, clock())
    if settings.starts_with_demo:
        seed_small_community(store, writer, clock())
    left_open = rooms.recover()
    if left_open:
        log.warning("closed %d sessions that an earlier process left open", len(left_open))
    for session in left_open:
        services.records.ask_for(session.id)
    services.records.recover()
    return services


def _forget_above(transaction: Transaction, forgotten: Forgotten) -> None:
    """What packages above coaching keep of a client's memories goes with them."""
    forget_in_briefings(transaction, forgotten)
    delete_analysis(transaction, forgotten.session_ids, forgotten.at_time)
