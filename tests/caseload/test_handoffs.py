"""Sessions that clients hand to their human coach: what is ticked, to whom, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.caseload.handoffs import MAX_COMMENT_CHARS, HandedParts
from coachroom.coaching.validation import InvalidInputError
from coachroom.rooms.states import EndReason
from tests.caseload.coaches import AMIRA, ANA, BEN, CARLA, NOW, OTHER
from tests.services import HandClock, enter, opened

ALL = HandedParts(frozenset({"one", "two"}), rating=True, transcript=True)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock) as services:
        for each in ("ana.silva", "ben.okafor"):
            services.people.find(f"{each}@example.com")
        services.members.add(OTHER.email, name=OTHER.name, role="coach", coach=None, by=AMIRA)
        yield services


@pytest.fixture
def session(services: Services) -> str:
    """One of Ana's that is over."""
    session = enter(services, ANA)
    services.sessions.end(session.id, EndReason.CLIENT)
    return session.id


def test_the_coach_sees_what_was_ticked_and_is_done_with_it(
    services: Services, session: str, clock: HandClock
) -> None:
    services.handoffs.hand_over(ANA, session, " Please\n\nlook ", ALL)
    (handed,) = services.handoffs.to_coach(CARLA, most=10)
    assert (handed.client, handed.comment, handed.parts, handed.done_at) == ("Ana Silva", "Please\nlook", ALL, None)
    services.handoffs.finish(session, CARLA)
    assert services.handoffs.to_coach(CARLA, most=10, client_id=ANA)[0].done_at == NOW
    clock.forward(60)
    services.handoffs.hand_over(ANA, session, None, HandedParts(rating=True))
    (again,) = services.handoffs.to_coach(CARLA, most=10)
    assert (again.parts, again.comment, again.done_at) == (HandedParts(rating=True), None, None)


def test_what_the_coach_is_not_done_with_comes_before_what_is_done(
    services: Services, session: str, clock: HandClock
) -> None:
    services.handoffs.hand_over(ANA, session, None, ALL)
    clock.forward(60)
    later = enter(services, BEN).id
    services.sessions.end(later, EndReason.CLIENT)
    services.handoffs.hand_over(BEN, later, None, ALL)
    services.handoffs.finish(later, CARLA)
    assert [each.session_id for each in services.handoffs.to_coach(CARLA, most=1)] == [session]


def test_what_is_taken_back_is_gone(services: Services, session: str) -> None:
    services.handoffs.hand_over(ANA, session, None, ALL)
    services.handoffs.take_back(BEN, session)
    assert services.handoffs.of_session(ANA, session) is not None
    services.handoffs.take_back(ANA, session)
    assert services.handoffs.of_session(ANA, session) is None
    assert services.handoffs.to_coach(CARLA, most=10) == []


def test_another_coach_sees_and_does_nothing(services: Services, session: str) -> None:
    services.handoffs.hand_over(ANA, session, None, ALL)
    assert services.handoffs.to_coach(OTHER, most=10) == []
    services.handoffs.finish(session, OTHER)
    assert services.handoffs.to_coach(CARLA, most=10)[0].done_at is None
    services.members.assign(["ana.silva@example.com"], OTHER.email, by=AMIRA)
    assert services.handoffs.to_coach(CARLA, most=10) == []


def test_who_becomes_the_coach_later_sees_nothing_of_it_until_it_is_handed_to_them(
    services: Services, session: str
) -> None:
    services.handoffs.hand_over(ANA, session, None, ALL)
    services.members.assign(["ana.silva@example.com"], OTHER.email, by=AMIRA)
    assert services.handoffs.to_coach(OTHER, most=10) == []
    services.handoffs.finish(session, OTHER)
    (handed,) = [services.handoffs.of_session(ANA, session)]
    assert handed is not None
    assert (handed.to_my_coach, handed.done_at) == (False, None)
    services.handoffs.hand_over(ANA, session, None, HandedParts(rating=True))
    (handed,) = services.handoffs.to_coach(OTHER, most=10)
    assert (handed.to_my_coach, handed.parts.transcript) == (True, False)


def test_without_a_coach_nothing_is_handed_over(services: Services, session: str) -> None:
    services.members.assign(["ana.silva@example.com"], None, by=AMIRA)
    with pytest.raises(InvalidInputError, match="no human coach"):
        services.handoffs.hand_over(ANA, session, None, ALL)


def test_only_a_session_of_ones_own_that_is_over_is_handed_over(services: Services, session: str) -> None:
    going_on = enter(services, BEN).id
    for client, which in ((BEN, session), (BEN, going_on), (ANA, "nothing")):
        with pytest.raises(InvalidInputError, match="reload the page"):
            services.handoffs.hand_over(client, which, None, ALL)
    for comment, parts in ((" \n", HandedParts()), ("x" * (MAX_COMMENT_CHARS + 1), ALL)):
        with pytest.raises(InvalidInputError):
            services.handoffs.hand_over(ANA, session, comment, parts)
    assert services.handoffs.to_coach(CARLA, most=10) == []
