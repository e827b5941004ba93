"""What pages about a human coach's visit need: services with such visits on, and a client who talks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.people.demo import seed_demo_people
from coachroom.rooms.states import Session
from tests.services import OIDC, HandClock, delivery, enter, opened, said, status, writer_of

CLIENT = "demo-ana"


@contextmanager
def with_visits(folder: Path, clock: HandClock, *, on: bool = True) -> Iterator[Services]:
    """Human coaches may ask to join; Carla coaches Ana."""
    with opened(folder, clock, self_view="local", live_coach=on, **OIDC) as services:
        seed_demo_people(writer_of(services), clock())
        current.install(services)
        yield services


def talking(services: Services) -> Session:
    """Ana talks with the AI coach."""
    session = enter(services, CLIENT)
    now = services.clock()
    heard = (status(1, "connected", now), said(2, "I want to speak up", at=now))
    services.intake.receive(session.id, delivery(*heard, sent_at=now))
    return session
