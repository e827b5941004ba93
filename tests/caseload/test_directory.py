"""The directory: who is found, in which order, and when they were last here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coachroom.app.container import Services
from coachroom.caseload.directory import NO_COACH, LastSeen, MemberFilter
from tests.services import HandClock, enter, sign_in, store_of

ANA, BEN = "ana.silva@example.com", "ben.okafor@example.com"
COACH = "carla.mendes@example.com"
ADD_MANY = (
    "INSERT INTO members (email, display_name, role, status, tier, source, skool_member_id, created_at, updated_at) "
    "SELECT 'm' || n || '@example.com', 'Member ' || lpad(CAST(n AS text), 4, '0'), 'client', 'active', "
    "CASE WHEN n % 2 = 0 THEN 'Premium' ELSE 'Standard' END, 'skool', 'id-' || n, $1, $1 "
    "FROM generate_series(0, 1999) AS r (n)"
)


def found(services: Services, **looked_for: object) -> list[str]:
    members, total = services.directory.find(
        MemberFilter(**looked_for),  # type: ignore[arg-type]
        services.clock(),
        skip=0,
        most=100,
    )
    assert total == len(members)
    return [member.email for member in members]


@pytest.mark.parametrize(
    ("text", "email"), [("ana si", ANA), (" BEN.OKAFOR@", BEN), ("demo-ben", BEN), ("s-77", ANA)]
)
def test_somebody_is_found_by_name_address_and_member_id(services: Services, text: str, email: str) -> None:
    store_of(services).execute("UPDATE members SET skool_member_id = 'S-77' WHERE email = $1", [ANA])
    assert found(services, text=text) == [email]
    assert found(services, text=f"{text} nobody") == []


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Élodie Marchand", "elodie"),
        ("Elodie Marchand", "ÉLO"),
        ("Jürgen Müller", "Muller"),
        ("Søren Łukasz", "soren lukasz"),
        ("İpek I\u015f\u0131k", "ipek isik"),
        ("Жанна Ёлкина", "жанна елк"),
        ("Groß", "GROSS"),
    ],
)
def test_a_name_is_found_whatever_case_and_accents_are_typed(services: Services, name: str, typed: str) -> None:
    store_of(services).execute("UPDATE members SET display_name = $1 WHERE email = $2", [name, ANA])
    assert found(services, text=typed) == [ANA]
    store_of(services).execute("UPDATE members SET coach_email = $1 WHERE email = $2", [COACH, ANA])
    coach = services.people.find(COACH)
    assert coach is not None
    assert list(
        services.caseload.load(coach, services.clock(), min_valid_seconds=60, named=typed).rows["client"]
    ) == [name]


@pytest.mark.parametrize("typed", ["j\u00f6rg@m\u00fcller.de", "jorg@", "ID-\u00c9"])
def test_an_address_and_an_id_with_accents_are_found_as_well(services: Services, typed: str) -> None:
    new = "UPDATE members SET email = $1, skool_member_id = $2 WHERE email = $3"
    store_of(services).execute(new, ["j\u00f6rg@m\u00fcller.de", "id-\u00e9", BEN])
    assert found(services, text=typed) == ["j\u00f6rg@m\u00fcller.de"]


def test_members_are_found_by_what_they_are(services: Services) -> None:
    store_of(services).execute("UPDATE members SET coach_email = NULL, tier = 'Premium' WHERE email = $1", [BEN])
    store_of(services).execute("UPDATE members SET coach_email = $1 WHERE email = $2", [COACH, ANA])
    assert found(services, role="coach") == [COACH]
    assert found(services, coach=COACH) == [ANA, "chiara.rossi@example.com"]
    assert BEN in found(services, coach=NO_COACH)
    assert found(services, tier="Premium") == [BEN]
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE email = $1", [COACH])
    assert found(services, status="removed") == [COACH]
    assert ANA in found(services, coach=NO_COACH), "a coach who was removed coaches nobody"


def test_members_are_found_by_when_they_were_last_here(services: Services, clock: HandClock) -> None:
    enter(services)
    services.sign_ins.check(sign_in(services, COACH))
    assert found(services, seen=LastSeen.WEEK) == [ANA, COACH]
    assert {ANA, COACH} & set(found(services, seen=LastSeen.NEVER)) == set()
    clock.forward(timedelta(days=10).total_seconds())
    assert (found(services, seen=LastSeen.WEEK), found(services, seen=LastSeen.MONTH)) == ([], [ANA, COACH])
    clock.forward(timedelta(days=30).total_seconds())
    assert (found(services, seen=LastSeen.MONTH), found(services, seen=LastSeen.LONGER)) == ([], [ANA, COACH])


def test_two_thousand_members_come_page_by_page(services: Services, clock: HandClock) -> None:
    store_of(services).execute(ADD_MANY, [clock()])
    pages = [
        services.directory.find(MemberFilter("member"), clock(), skip=skip, most=25) for skip in range(0, 2000, 25)
    ]
    names = [member.name for members, total in pages for member in members if total == 2000]
    assert names == sorted(names)
    assert len(set(names)) == 2000
    assert services.directory.find(MemberFilter("member"), clock(), skip=2000, most=25) == ([], 0)
    assert services.directory.tiers() == ["Premium", "Standard"]


def test_the_sessions_that_go_on_are_listed_with_their_client(services: Services) -> None:
    session = enter(services)
    (open_session,) = services.directory.open_sessions()
    assert (open_session.id, open_session.name, open_session.paused) == (session.id, "Ana Silva", False)
