"""Opened services on a real database file, with a clock set by hand, and what a room page would report to them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from coachroom.app.container import Services, open_services
from coachroom.clock import Clock, new_secret_id, to_iso, utc_now
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.people.identities import DEVELOPMENT, Identity
from coachroom.privacy.erasures import Erasures
from coachroom.recording.events import Delivery, read_delivery
from coachroom.recording.intake import Intake
from coachroom.recording.rebuild import Rebuilder
from coachroom.recording.records import Records
from coachroom.recording.session_states import SessionStates
from coachroom.rooms.states import Session
from coachroom.rounds import round_until
from coachroom.settings import Settings
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.mirror import Mirror
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer
from tests.databases import database_in

SECRET = "a-secret-for-tests-of-more-than-32-characters"
NOON = datetime(2026, 5, 1, 12)
ANA, BEN = "demo-ana", "demo-ben"
CALL = "conv_0001"
ISSUER = "https://id.example.com"
OIDC = {
    "oidc_client_id": "coachroom",
    "oidc_client_secret": "a-secret-between-us-and-the-provider",
    "oidc_metadata_url": "http://127.0.0.1:9/.well-known/openid-configuration",
}


@cache
def _empty_database() -> bytes:
    """A database file that has been migrated and holds no rows, made once a process."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "coachroom.duckdb"
        store = DuckStore(path)
        migrate(store, NOON)
        store.close()
        return path.read_bytes()


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


# All tests come from one address.
TESTS_COME_OFTEN = {"sign_ins_a_minute": 10_000, "anonymous_pages_a_minute": 10_000, "max_anonymous_pages": 500}


def settings_for(folder: Path, **overrides: Any) -> Settings:
    """Settings that know nothing of a .env file."""
    given = {
        "database": database_in(folder),
        "data_dir": folder,
        "cookie_secret": SECRET,
        "demo_community": False,
        **TESTS_COME_OFTEN,
        **overrides,
    }
    return Settings(_env_file=None, **given)


@contextmanager
def opened(folder: Path, clock: Clock = utc_now, **overrides: Any) -> Iterator[Services]:
    """Services on the database in `folder`; where there is none, on a copy of one that has the schema alone."""
    settings = settings_for(folder, **overrides)
    if isinstance(settings.database, Path) and not settings.database.exists():
        settings.database.parent.mkdir(parents=True, exist_ok=True)
        settings.database.write_bytes(_empty_database())
    services = open_services(settings, clock)
    if services.mirror is not None:
        _read_fresh(services.mirror)
    try:
        yield services
    finally:
        services.close()


def _read_fresh(mirror: Mirror) -> None:
    """What takes a second where the app runs has happened before each look."""
    reading = mirror._reading

    def fresh() -> AbstractContextManager[DuckStore]:
        mirror.refresh()
        return reading()

    mirror._reading = fresh


def store_of(services: Services) -> Store:
    """The store behind opened services, which hand it out to nobody: for looking at rows and for preparing them."""
    return services.store_status._store


def writer_of(services: Services) -> Writer:
    """The writer behind opened services."""
    return services.store_status._writer


def list_of(services: Services) -> Erasures:
    """The list of who was erased."""
    return services.maintenance.erasures


def round_of(looks: int) -> AbstractContextManager[None]:
    """A round that goes on at so many looks, and then is over."""
    left = iter(range(looks))
    return round_until(lambda: next(left, None) is None)


def fresh_rebuilder(services: Services) -> Rebuilder:
    """A rebuilder that knows nothing of the services' own, as after a restart."""
    states = SessionStates(store_of(services), services.intake.limits)
    return Rebuilder(writer_of(services), services.rooms, services.clock, states, coaching=services.coaching)


def fresh_intake(services: Services, agent_id: str = "agent", rebuilder: Rebuilder | None = None) -> Intake:
    """An intake with an empty memory, as after a restart."""
    rebuilder = rebuilder or fresh_rebuilder(services)
    return Intake(
        store_of(services),
        writer_of(services),
        services.rooms,
        services.clock,
        rebuilder,
        agent_id=agent_id,
        after_call_change=services.budgets.call_changed,
    )


def fresh_records(
    services: Services,
    provider: ElevenLabs | None,
    agent_id: str | None = None,
    rebuilder: Rebuilder | None = None,
) -> Records:
    """Records with an empty memory, fetched from `provider`."""
    return Records(
        store_of(services),
        writer_of(services),
        services.rooms,
        rebuilder or fresh_rebuilder(services),
        services.clock,
        provider=provider,
        agent_id=agent_id,
    )


def sign_in(services: Services, email: str) -> str:
    """Signs this person in, as a demo person where one may and else at a provider; the sign-in's id."""
    id = new_secret_id()
    issuer = DEVELOPMENT if services.settings.demo_sign_in else ISSUER
    services.sign_ins.begin(id, Identity(issuer, email, email))
    return id


def report_token(services: Services, session: Session) -> str:
    """What the session's page gets when its client has signed in."""
    sql = "SELECT email FROM members WHERE client_id = $1"
    ((email,),) = store_of(services).execute(sql, [session.client_id])
    return services.tokens.issue_report(session.id, sign_in(services, email))


@contextmanager
def stalled_writer(services: Services) -> Iterator[None]:
    """Until the block ends the writer is busy; what is queued meanwhile is committed in one batch."""
    begun, go = threading.Event(), threading.Event()

    def stall(_: Transaction) -> None:
        begun.set()
        assert go.wait(10)

    writer_of(services).submit(stall)
    assert begun.wait(10)
    try:
        yield
    finally:
        go.set()


def enter(services: Services, client: str = ANA, tab: str = "tab-1") -> Session:
    """The client agrees, opens a room and enters it."""
    services.rooms.give_consent(client)
    session, _ = services.sessions.enter(services.rooms.create(client).id, client, tab)
    return session


def body(*events: dict[str, Any], epoch: str = "page-1", sent_at: datetime | None = None, **more: Any) -> bytes:
    """The bytes that a page sends."""
    sent = {"sent_at": to_iso(sent_at)} if sent_at else {}
    return json.dumps({"token": "t", "epoch": epoch, "events": events, **sent, **more}).encode()


def delivery(*events: dict[str, Any], **envelope: Any) -> Delivery:
    return read_delivery(body(*events, **envelope))


def said(n: int, text: str, sender: str = "client", at: datetime = NOON, **more: Any) -> dict[str, Any]:
    call = {"conversation_id": CALL}
    return {"n": n, "kind": "turn", "sender": sender, "text": text, "at": to_iso(at)} | call | more


def status(n: int, state: str, at: datetime = NOON, call: str | None = CALL, **more: Any) -> dict[str, Any]:
    return {"n": n, "kind": "status", "status": state, "at": to_iso(at), "conversation_id": call} | more
