"""A human coach's visit to a session: what the client's room and the coach's own page hand to the browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.app.live import ask_to_join
from coachroom.live.states import Act, Join
from coachroom.rooms.states import Session
from tests.services import HandClock, enter, writer_of
from tests.ui.pages import ANA, COACH, components, data, see, titles, words
from tests.ui.test_component_data import typedefs
from tests.ui.visits import CLIENT, talking, with_visits

NOTHING = "There is no session to join here"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 5, 4, 9))


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with with_visits(tmp_path, clock) as services:
        yield services


@pytest.fixture
def session(services: Services) -> Session:
    """Ana talks with the AI coach."""
    return talking(services)


def asked(services: Services, session: Session) -> Join:
    carla = services.people.find(COACH)
    assert carla is not None
    return ask_to_join(services, carla, session.id, "Shall we look at your week?")


def test_the_third_box_says_who_could_join_and_why_nobody_can(services: Services, session: Session) -> None:
    box = data(see(ANA, "Room.py", room=session.room_id), "human_coach_box")
    assert set(box) == typedefs()["HumanCoachData"]
    assert (box["coach"], box["closed"], box["join"]) == ("Carla Mendes", None, None)
    services.joins.set_may_ask(CLIENT, False)
    assert data(see(ANA, "Room.py", room=session.room_id), "human_coach_box")["closed"] == "not_asked"


def test_where_nobody_may_join_the_third_box_is_still_to_come(tmp_path: Path, clock: HandClock) -> None:
    with with_visits(tmp_path, clock, on=False) as services:
        app = see(ANA, "Room.py", room=enter(services, CLIENT).room_id)
        assert "human_coach_box" not in components(app)
        assert "Feature coming soon." in words(app)
        assert titles(see(COACH, "Join.py", join="any")) == [NOTHING]


def test_a_question_and_what_came_of_it_are_shown_again_after_a_reload(services: Services, session: Session) -> None:
    join = asked(services, session)
    shown = data(see(ANA, "Room.py", room=session.room_id), "human_coach_box")["join"]
    assert set(shown) == typedefs()["JoinData"]
    assert (shown["coach"], shown["reason"], shown["status"], shown["past"]) == (
        "Carla Mendes",
        "Shall we look at your week?",
        "asked",
        [],
    )
    services.joins.answer(join.id, CLIENT, admit=True)
    for n, (act, text) in enumerate([(Act.HINT, "Ask about Monday."), (Act.BOTH, None), (Act.SAY, "I am here.")]):
        services.joins.act(join.id, f"act-{n}", act, text)
    past = data(see(ANA, "Room.py", room=session.room_id), "human_coach_box")["join"]["past"]
    assert {frozenset(message) for message in past} == {frozenset(typedefs()["JoinMessage"])}
    # The words of a hint are for after the session.
    assert [(each["n"], each["kind"], each["text"]) for each in past] == [
        (1, "hint", ""),
        (3, "message", "I am here."),
    ]


@pytest.mark.parametrize(
    ("switched", "let_in", "on"), [(None, False, True), (None, True, False), (False, True, False), (True, True, True)]
)
def test_a_page_that_is_loaded_again_shows_a_coach_nobody_who_switched_off_their_camera(
    services: Services, session: Session, switched: bool | None, let_in: bool, on: bool
) -> None:
    if let_in:
        services.joins.answer(asked(services, session).id, CLIENT, admit=True)
    if switched is not None:
        services.rooms.note_camera(session.id, on=switched)
    assert data(see(ANA, "Room.py", room=session.room_id), "self_view_local")["on"] is on


def test_the_coachs_page_is_for_that_coach_alone(services: Services, session: Session) -> None:
    join = asked(services, session)
    app = see(COACH, "Join.py", join=join.id)
    assert titles(app) == ["Ana Silva's session"]
    handed = data(app, "live_coach")
    assert set(handed) == typedefs()["LiveCoachData"]
    assert handed["socket_url"] == f"/live/{join.id}"
    assert titles(see(COACH, "Join.py", join="another")) == [NOTHING]
    someone_elses = "UPDATE live_joins SET coach_email = 'someone@example.com'"
    writer_of(services).submit(lambda transaction: transaction.execute(someone_elses)).result()
    assert titles(see(COACH, "Join.py", join=join.id)) == [NOTHING]
