"""The stages of a session, in the order they were reached."""

from __future__ import annotations

from coachroom.app.container import Services
from coachroom.coaching.stages import Stage, reach_stage, stages_of
from tests.services import HandClock, store_of, writer_of


def test_a_stage_once_reached_stays_reached(services: Services, clock: HandClock) -> None:
    for stage in (Stage.REALITY, Stage.GOAL, Stage.REALITY, Stage.WILL):
        at_time = clock.forward(60)
        writer_of(services).submit(
            lambda transaction, stage=stage, at_time=at_time: reach_stage(transaction, "s", stage, at_time)
        ).result()
    assert stages_of(store_of(services), "s") == [Stage.REALITY, Stage.GOAL, Stage.WILL]
    assert stages_of(store_of(services), "another") == []


def test_stages_of_one_time_are_in_the_order_of_a_session(services: Services) -> None:
    def work(transaction: object) -> None:
        for stage in reversed(Stage):
            reach_stage(transaction, "s", stage, services.clock())  # type: ignore[arg-type]

    writer_of(services).submit(work).result()
    assert stages_of(store_of(services), "s") == list(Stage)
