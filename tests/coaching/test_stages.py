"""The stages of a session, in the order they were reached."""

from __future__ import annotations

from coachroom.app.services import Services
from coachroom.coaching.stages import Stage, reach, stages_of
from tests.services import HandClock


def test_a_stage_once_reached_stays_reached(house: Services, clock: HandClock) -> None:
    for stage in (Stage.REALITY, Stage.GOAL, Stage.REALITY, Stage.WILL):
        at_time = clock.forward(60)
        house.writer.submit(
            lambda transaction, stage=stage, at_time=at_time: reach(transaction, "s", stage, at_time)
        ).result()
    assert stages_of(house.store, "s") == [Stage.REALITY, Stage.GOAL, Stage.WILL]
    assert stages_of(house.store, "another") == []


def test_stages_of_one_moment_stand_in_the_order_of_a_session(house: Services) -> None:
    def work(transaction: object) -> None:
        for stage in reversed(Stage):
            reach(transaction, "s", stage, house.clock())  # type: ignore[arg-type]

    house.writer.submit(work).result()
    assert stages_of(house.store, "s") == list(Stage)
