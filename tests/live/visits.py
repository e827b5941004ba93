"""What tests of visits need: a talking client, their coach, and sockets that only take down what they are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coachroom.app.container import Services
from coachroom.app.live import ask_to_join
from coachroom.live.hub import LiveClose
from coachroom.live.states import Join
from coachroom.people.people import Person
from coachroom.rooms.states import Session
from tests.services import delivery, enter, status

CARLA, ANTON, AMIRA, ANA = (
    f"{name}@example.com" for name in ("carla.mendes", "anton.weber", "amira.haddad", "ana.silva")
)
WHY = "You asked me to listen in."


class NotedSocket:
    """A socket that keeps what it is told, as (type, message), and how it was closed."""

    def __init__(self) -> None:
        self.told: list[Mapping[str, Any]] = []
        self.closed: tuple[int, str] | None = None

    def send(self, message: Mapping[str, Any]) -> None:
        if self.closed is None:
            self.told.append(message)

    def close(self, code: LiveClose, reason: str = "") -> None:
        self.closed = self.closed or (int(code), str(reason))

    def of_type(self, type: str) -> list[Mapping[str, Any]]:
        return [message for message in self.told if message["type"] == type]


def person(services: Services, email: str) -> Person:
    found = services.people.find(email)
    assert found is not None
    return found


def talking(services: Services, client: str = "demo-ana", tab: str = "tab-1") -> Session:
    """An open session in which the AI coach was reached."""
    session = enter(services, client, tab)
    call = f"conv-{session.id}"
    services.intake.receive(session.id, delivery(status(1, "connected", services.clock(), call), epoch=call))
    return session


def asked(services: Services, session: Session, email: str = CARLA) -> Join:
    return ask_to_join(services, person(services, email), session.id, WHY)


def admitted(services: Services, session: Session) -> Join:
    join = asked(services, session)
    return services.joins.answer(join.id, session.client_id, admit=True)
