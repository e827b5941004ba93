"""The parts of one running coachroom, put together once a process and shared by pages, routes and commands."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from pydantic import SecretStr

from coachroom.agent.briefings import Briefings, forget_in_briefings
from coachroom.agent.tools import Tools
from coachroom.agent_config.spec import AgentFile, read_agent_file
from coachroom.app.downloads import Downloads
from coachroom.app.sessions import Sessions
from coachroom.app.simulator_wiring import open_agent
from coachroom.app.status import StoreStatus
from coachroom.caseload.caseload import CaseloadReader
from coachroom.clock import Clock, utc_now
from coachroom.coaching.coaching import Coaching
from coachroom.coaching.memory import Forgotten
from coachroom.demo.community import DemoCommunity, seed_small_community
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.metrics.facts import earlier_sessions, write_facts
from coachroom.metrics.inventory import Inventory
from coachroom.metrics.reader import MetricsReader
from coachroom.people.audit import AuditLog
from coachroom.people.demo import seed_demo_people
from coachroom.people.people import People
from coachroom.people.signed_tokens import SignedTokens
from coachroom.recording.calls import agent_hung_up
from coachroom.recording.intake import Intake
from coachroom.recording.rebuild import Rebuilder
from coachroom.recording.records import Records, delete_analysis
from coachroom.recording.session_states import SessionStates
from coachroom.rooms.presence import Presence
from coachroom.rooms.rooms import RoomLimits, Rooms
from coachroom.settings import Settings
from coachroom.simulator import PracticeAgent
from coachroom.store.duck import DuckStore, Transaction
from coachroom.store.migrate import migrate
from coachroom.store.writer import Writer


@dataclass(frozen=True)
class Services:
    """Everything a page or a route may ask for. Only packages below reach the store and its writer."""

    settings: Settings
    clock: Clock
    agent_file: AgentFile
    store_status: StoreStatus
    people: People
    audit: AuditLog
    tokens: SignedTokens
    rooms: Rooms
    presence: Presence
    sessions: Sessions
    coaching: Coaching
    briefings: Briefings
    intake: Intake
    tools: Tools
    records: Records
    metrics: MetricsReader
    inventory: Inventory
    caseload: CaseloadReader
    demo: DemoCommunity
    downloads: Downloads
    provider: ElevenLabs | None
    practice: PracticeAgent | None
    webhook_secret: SecretStr | None
    _resources: ExitStack

    @property
    def signs_addresses(self) -> bool:
        """Whether a call needs an address that this server gets with its API key."""
        return self.practice is None and self.provider is not None

    def close(self) -> None:
        """Writes what waits, deletes the downloads and closes the database."""
        self._resources.close()


def open_services(settings: Settings, clock: Clock = utc_now) -> Services:
    """Opens the database, brings its schema up to date and ends what a crash left open.

    Raises StoreError, and TomlFileError for an agent's file that cannot be used.
    """
    resources = ExitStack()
    try:
        store = DuckStore(settings.database)
        resources.callback(store.close)
        migrate(store, clock())
        writer = Writer(store)
        resources.callback(writer.close)
        services = _compose(settings, clock, store, writer, resources)
        if settings.demo_sign_in:
            seed_demo_people(writer, clock())
        if settings.starts_with_demo:
            seed_small_community(store, writer, clock())
        services.sessions.recover()
    except BaseException:
        resources.close()
        raise
    return services


def _compose(settings: Settings, clock: Clock, store: DuckStore, writer: Writer, resources: ExitStack) -> Services:
    agent_file = read_agent_file(settings)
    limits = RoomLimits(
        session=timedelta(minutes=settings.session_minutes),
        grace=timedelta(seconds=settings.grace_seconds),
        room=timedelta(hours=settings.room_hours),
    )
    rooms = Rooms(store, writer, clock, limits, after_end=write_facts, agent_hung_up=agent_hung_up)
    presence = Presence()
    coaching = Coaching(store, writer, clock, after_forget=_forget_above)
    provider, practice, webhook_secret = open_agent(settings, agent_file)
    if provider is not None:
        resources.callback(provider.close)
    rebuilder = Rebuilder(writer, rooms, clock, SessionStates(store), coaching=coaching)
    records = Records(store, writer, rooms, rebuilder, clock, provider=provider, agent_id=settings.agent_id)
    downloads = Downloads(settings.database.parent / f".{settings.database.name}.exports", clock)
    resources.callback(downloads.close)
    return Services(
        settings=settings,
        clock=clock,
        agent_file=agent_file,
        store_status=StoreStatus(store, writer),
        people=People(store, writer, clock),
        audit=AuditLog(writer, clock),
        tokens=SignedTokens(settings.cookie_secret.get_secret_value()),
        rooms=rooms,
        presence=presence,
        sessions=Sessions(rooms, presence, records, clock),
        coaching=coaching,
        briefings=Briefings(store, writer, clock, coaching, history=partial(earlier_sessions, store)),
        intake=Intake(store, writer, rooms, clock, rebuilder, agent_id=settings.agent_id),
        tools=Tools(store, writer, clock, coaching.proposals),
        records=records,
        metrics=MetricsReader(store),
        inventory=Inventory(store),
        caseload=CaseloadReader(store),
        demo=DemoCommunity(store),
        downloads=downloads,
        provider=provider,
        practice=practice,
        webhook_secret=webhook_secret,
        _resources=resources,
    )


def _forget_above(transaction: Transaction, forgotten: Forgotten) -> None:
    """Deletes what packages above coaching keep of a client's forgotten memories."""
    forget_in_briefings(transaction, forgotten)
    delete_analysis(transaction, forgotten.session_ids, forgotten.at_time)
