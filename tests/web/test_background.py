"""Work beside the server goes on after a round that failed."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any, cast

import pytest
import streamlit as st

from coachroom.app.container import Services
from coachroom.app.downloads import KEPT, SLACK, Download, Downloads
from coachroom.errors import StoreError
from coachroom.people.people import Person
from coachroom.rounds import round_is_over
from coachroom.store.replica_link import ReplicaLink
from coachroom.web import background
from coachroom.web.background import Round, lead, let_go_of_numbers, repeat, rounds_of_each, send_messages
from tests.app.offers import emails_by_role, offer
from tests.services import HandClock


@pytest.fixture
def owner(services: Services) -> Person:
    found = services.people.find(emails_by_role(services)["analyst"])
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def sweeps_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "LOOK_EVERY_SECONDS", 0.01)


def sweep_until_deleted(services: Services, download: Download) -> None:
    async def serve() -> None:
        rounds = [replace(each, seconds=0.01) for each in rounds_of_each(services)]
        work = [asyncio.create_task(repeat(each)) for each in rounds]
        while download.path.exists():
            await asyncio.sleep(0.01)
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)

    asyncio.run(asyncio.wait_for(serve(), 10))


def test_the_server_deletes_what_expired_and_nothing_else(
    services: Services, owner: Person, clock: HandClock
) -> None:
    old = offer(services, owner)
    clock.forward(KEPT.total_seconds())
    young = offer(services, owner)
    clock.forward(SLACK.total_seconds())
    sweep_until_deleted(services, old)
    assert young.path.exists()


def test_a_round_that_fails_is_not_the_last(
    services: Services,
    owner: Person,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    old = offer(services, owner)
    clock.forward((KEPT + SLACK).total_seconds())
    sweep, rounds = Downloads.sweep, iter([OSError("busy")])

    def fails_once(self: Downloads, **_: Any) -> None:
        error = next(rounds, None)
        if error is not None:
            raise error
        sweep(self)

    monkeypatch.setattr(Downloads, "sweep", fails_once)
    sweep_until_deleted(services, old)
    assert "will be tried again" in caplog.text


def test_messages_go_out_after_a_round_that_failed(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "SEND_EVERY_SECONDS", 0.01)
    stop, rounds = threading.Event(), list[bool]()

    def send_due() -> int:
        rounds.append(round_is_over())
        if len(rounds) == 1:
            raise StoreError("full")
        stop.set()
        return 0

    monkeypatch.setattr(services.outbox, "send_due", send_due)
    send_messages(services, stop)
    assert rounds == [False, False]


def test_a_round_whose_failure_is_known_tells_it_in_one_sentence(caplog: pytest.LogCaptureFixture) -> None:
    rounds = list[int]()

    def work() -> None:
        rounds.append(1)
        raise StoreError("The disk is full.")

    async def serve() -> None:
        task = asyncio.create_task(repeat(Round(0, work, "There is no new backup")))
        while len(rounds) < 2:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(serve(), 10))
    assert caplog.records[0].getMessage() == "There is no new backup, which is tried again: The disk is full."
    assert caplog.records[0].exc_info is None


@pytest.mark.parametrize("led", [False, True])
def test_a_rare_round_that_failed_is_tried_again_soon_where_it_says_so(services: Services, led: bool) -> None:
    tries = list[int]()

    def work() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise StoreError("The database does not answer.")

    async def serve() -> None:
        rare = Round(3600, work, after_failure=0)
        task = asyncio.create_task(lead(services, rare) if led else repeat(rare))
        while len(tries) < 3:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(serve(), 10))
    assert len(tries) == 3


def test_a_replica_that_does_not_lead_leaves_the_work_and_begins_each_time_that_it_leads(services: Services) -> None:
    class Link:
        leads = False

    link, rounds = Link(), list[int]()
    services = replace(services, link=cast("ReplicaLink", link))

    async def serve() -> None:
        # The work of every hour.
        work = asyncio.create_task(lead(services, Round(3600, lambda: rounds.append(1))))
        for leads in (1, 2):
            link.leads = False
            await asyncio.sleep(5 * background.LOOK_EVERY_SECONDS)
            assert len(rounds) == leads - 1
            link.leads = True
            while len(rounds) < leads:
                await asyncio.sleep(0.01)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    asyncio.run(asyncio.wait_for(serve(), 10))
    assert rounds == [1, 1]


def test_a_round_is_over_once_its_replica_leads_no_more(services: Services) -> None:
    class Link:
        leads = True

    link, looks = Link(), list[bool]()
    services = replace(services, link=cast("ReplicaLink", link))

    def work() -> None:
        looks.append(round_is_over())
        link.leads = False
        looks.append(round_is_over())

    async def serve() -> None:
        leading = asyncio.create_task(lead(services, Round(0, work)))
        while len(looks) < 2:
            await asyncio.sleep(0.01)
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)

    asyncio.run(asyncio.wait_for(serve(), 10))
    assert looks == [False, True]
    assert not round_is_over()


def test_cached_numbers_are_let_go_of_once_somebodys_data_was_deleted(services: Services) -> None:
    made = list[int]()

    @st.cache_data(show_spinner=False)
    def number() -> int:
        made.append(1)
        return len(made)

    let_go_of_numbers(services)
    assert [number(), number()] == [1, 1]
    services.copies.drop()
    assert number() == 2
