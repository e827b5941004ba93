"""Who looked at a client's page: once an hour in the audit log, and for the client to read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.people.audit import AuditFilter
from coachroom.people.people import Person, Role
from tests.caseload.coaches import AMIRA, CARLA, NOW
from tests.services import HandClock, opened

GONE = Person("gone@example.com", "Gone", Role.COACH, None, demo=False)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock) as services:
        yield services


def test_a_look_is_one_line_for_an_hour(services: Services, clock: HandClock) -> None:
    for _ in range(3):
        services.client_views.note(CARLA, "demo-ana")
        clock.forward(1)
    services.client_views.note(AMIRA, "demo-ana")
    services.client_views.note(CARLA, "demo-ben")
    clock.forward(3600)
    services.client_views.note(CARLA, "demo-ana")
    services.audit.add("somebody", "export", "x", {})
    assert [(view.who, view.role) for view in services.client_views.of("demo-ana", 10)] == [
        ("Carla Mendes", "coach"),
        ("Amira Haddad", "admin"),
        ("Carla Mendes", "coach"),
    ]
    entries, total = services.audit.page(AuditFilter(actions=("client.viewed",)), skip=0, most=10)
    assert total == len(entries) == 4
    assert len(services.client_views.of("demo-ana", 2)) == 2


def test_a_look_tells_when_the_one_before_was(services: Services, clock: HandClock) -> None:
    assert services.client_views.note(CARLA, "demo-ana") is None
    clock.forward(60)
    assert services.client_views.note(CARLA, "demo-ana") is None, "it is the same look"
    assert services.client_views.note(AMIRA, "demo-ana") is None
    clock.forward(3600)
    services.audit.add("somebody", "export", "x", {})
    assert services.client_views.note(CARLA, "demo-ana") == NOW


def test_who_is_no_member_any_more_is_shown_by_address(services: Services) -> None:
    services.client_views.note(GONE, "demo-ana")
    services.audit.add("somebody", "export", "x", {})
    (view,) = services.client_views.of("demo-ana", 10)
    assert (view.who, view.role) == ("gone@example.com", None)
