"""Who somebody is: an active member, found by an e-mail that a sign-in has proven."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.people.people import Person, Role, proven_email
from tests.services import ANA, NOON, enter, store_of

ADD = (
    "INSERT INTO members (email, display_name, role, status, skool_member_id, source, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, 'skool-1', 'skool', $5, $5)"
)


def add(services: Services, email: str, role: str = "client", status: str = "active", name: str = "Dora") -> None:
    store_of(services).execute(ADD, [email, name, role, status, NOON])


@pytest.mark.parametrize(
    ("claims", "email"),
    [
        ({"email": "ana@example.com", "email_verified": True}, "ana@example.com"),
        ({"email": "  Ana@Example.COM ", "email_verified": True}, "ana@example.com"),
        ({"email": "ana@example.com", "email_verified": False}, None),
        ({"email": "ana@example.com", "email_verified": "true"}, None),
        ({"email": "ana@example.com", "email_verified": 1}, None),
        ({"email": "ana@example.com"}, None),
        ({"email": " ", "email_verified": True}, None),
        ({"email": None, "email_verified": True}, None),
        ({"email": ["ana@example.com"], "email_verified": True}, None),
        ({"email_verified": True}, None),
        ({}, None),
    ],
)
def test_only_an_email_that_the_provider_vouches_for_counts(claims: dict[str, Any], email: str | None) -> None:
    assert proven_email(claims) == email


def test_a_member_is_found_by_their_email_and_nobody_else_is(services: Services) -> None:
    assert services.people.find("ana.silva@example.com") == Person(
        "ana.silva@example.com", "Ana Silva", Role.CLIENT, ANA, demo=True
    )
    for stranger in ("", "ana", "%", "ana.silva@example.com ' OR 1=1 --", "\x00", "nobody@example.com"):
        assert services.people.find(stranger) is None


def test_a_removed_member_is_no_longer_found(services: Services) -> None:
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE client_id = $1", [ANA])
    assert services.people.find("ana.silva@example.com") is None


def test_a_clients_first_session_makes_their_profile_once(services: Services) -> None:
    add(services, "dora@example.com")
    gate = threading.Barrier(8)

    def find(_: int) -> Person | None:
        gate.wait(10)
        return services.people.find("dora@example.com")

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(find, range(8)))
    assert len(found) == 1
    (dora,) = found
    assert dora is not None
    assert not dora.demo
    assert store_of(services).execute(
        "SELECT id, skool_user_id, display_name, created_at FROM client_profiles WHERE id NOT LIKE 'demo-%'"
    ) == [(dora.client_id, "skool-1", "Dora", NOON)]
    assert services.people.find("dora@example.com") == dora


@pytest.mark.parametrize("role", ["coach", "analyst", "admin"])
def test_who_is_no_client_needs_no_profile(services: Services, role: str) -> None:
    add(services, "erik@example.com", role)
    erik = services.people.find("erik@example.com")
    assert erik is not None
    assert (erik.role, erik.client_id) == (Role(role), None)


def test_hostile_names_are_kept_as_text(services: Services) -> None:
    name = "<img src=x onerror=alert(1)> \u202e'; DROP TABLE members; --\x00"
    add(services, "mallory@example.com", name=name)
    mallory = services.people.find("mallory@example.com")
    assert mallory is not None
    name = name.replace("\x00", "\ufffd")
    assert mallory.name == name
    assert services.members.all()["mallory@example.com"].display_name == name


def test_the_demo_people_are_the_active_ones_clients_first(services: Services) -> None:
    add(services, "dora@example.com")
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE client_id = 'demo-ben'")
    people = services.people.demo_people()
    assert [person.role.value for person in people] == ["client", "client", "coach", "analyst", "admin"]
    assert all(person.demo for person in people)


def test_what_there_is_is_counted_without_a_name(services: Services) -> None:
    enter(services)
    inventory = services.inventory.rows_by_table()
    assert dict(zip(inventory["table"], inventory["rows"], strict=True))["sessions"] == 1
    assert not inventory.astype(str).apply(lambda column: column.str.contains("Ana")).to_numpy().any()
