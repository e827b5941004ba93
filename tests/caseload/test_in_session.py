"""Which clients a coach may ask: their own, who talk with the AI coach now and let coaches ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.app.live import ask_to_join
from coachroom.coaching.goals import NewGoal
from coachroom.errors import CoachroomError
from coachroom.rooms.states import EndReason, Session
from tests.caseload.coaches import AMIRA, ANA, BEN, CARLA, NOW, OTHER
from tests.services import HandClock, enter, opened, writer_of


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    """Carla coaches Ana and Ben; Omar is a coach without clients."""
    with opened(tmp_path, clock, live_coach=True) as services:
        services.members.add(OTHER.email, name=OTHER.name, role="coach", coach=None, by=AMIRA)
        yield services


def talking(services: Services, client: str = ANA) -> Session:
    """The client is in a session that has begun."""
    session = enter(services, client)
    change(services, "UPDATE sessions SET status = 'active' WHERE id = $1", session.id)
    return session


def shown(services: Services) -> list[str]:
    return [each.client_id for each in services.in_session.of_coach(CARLA)]


def change(services: Services, sql: str, *values: object) -> None:
    writer_of(services).submit(lambda transaction: transaction.execute(sql, list(values))).result()


def test_a_coach_sees_who_talks_now_since_when_and_what_about(services: Services, clock: HandClock) -> None:
    services.coaching.goals.add(ANA, NewGoal("Sleep better"))
    clock.forward(1)
    services.coaching.goals.add(ANA, NewGoal("Speak up in meetings"))
    ana = talking(services)
    clock.forward(60)
    ben = talking(services, BEN)
    found = services.in_session.of_coach(CARLA)
    assert [(each.session_id, each.name, each.goal) for each in found] == [
        (ana.id, "Ana Silva", "Speak up in meetings"),
        (ben.id, "Ben Okafor", None),
    ]
    assert (found[0].since, found[0].join_id) == (ana.start_time, None)


def test_only_ones_own_clients_and_only_to_a_coach(services: Services) -> None:
    talking(services)
    assert services.in_session.of_coach(OTHER) == []
    assert services.in_session.of_coach(AMIRA) == []
    change(services, "UPDATE members SET status = 'removed' WHERE email = $1", CARLA.email)
    assert shown(services) == []


@pytest.mark.parametrize(
    "unlike",
    [
        "UPDATE sessions SET status = 'waiting'",
        "UPDATE sessions SET off_record_at = start_time",
        "UPDATE sessions SET paused_at = start_time",
        "INSERT INTO written_steps (session_id, client_id, stage, words, written_at) "
        "SELECT id, client_id, 'goal', 'Sleep better', start_time FROM sessions",
    ],
)
def test_who_is_not_shown_cannot_be_asked_either(services: Services, unlike: str) -> None:
    session = talking(services)
    assert shown(services) == [ANA]
    change(services, unlike)
    assert shown(services) == []
    with pytest.raises(CoachroomError):
        ask_to_join(services, CARLA, session.id, "To listen")


def test_who_is_over_or_no_member_any_more_is_not_shown(services: Services) -> None:
    ana = talking(services)
    talking(services, BEN)
    change(services, "UPDATE members SET status = 'removed' WHERE client_id = $1", BEN)
    assert shown(services) == [ANA]
    services.sessions.end(ana.id, EndReason.CLIENT)
    assert shown(services) == []


def test_a_client_who_does_not_want_to_be_asked_is_not_shown(services: Services) -> None:
    session = talking(services)
    services.joins.set_may_ask(ANA, may_ask=False)
    assert shown(services) == []
    with pytest.raises(CoachroomError, match="does not want to be asked"):
        ask_to_join(services, CARLA, session.id, "To listen")
    services.joins.set_may_ask(ANA, may_ask=True)
    assert shown(services) == [ANA]


def test_who_has_been_asked_is_shown_with_the_join_until_it_is_over(services: Services) -> None:
    session = talking(services)
    join = ask_to_join(services, CARLA, session.id, "To listen")
    (found,) = services.in_session.of_coach(CARLA)
    assert (found.join_id, found.join_coach) == (join.id, CARLA.email)
    services.joins.answer(join.id, ANA, admit=False)
    (found,) = services.in_session.of_coach(CARLA)
    assert found.join_id is None
