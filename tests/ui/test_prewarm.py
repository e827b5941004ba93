"""The usual views are computed before anybody opens them."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.metrics.reader import MetricsReader
from coachroom.people.demo import seed_demo_people
from coachroom.ui.dashboard import figures, prewarm, view
from coachroom.ui.dashboard.prewarm import keep_prewarmed, prewarm_views, usual_views
from tests.charts.community import NOW, add_community
from tests.services import OIDC, HandClock, opened, writer_of
from tests.ui.pages import ADMIN, ANALYST, COACH, see

MORE = dict.fromkeys(("all_numbers", "more_returns", "more_quality", "more_effects"), "true")
PAGES = ("Overview", "Engagement", "Satisfaction", "Quality", "Effectiveness")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Services]:
    with opened(tmp_path, HandClock(NOW), **OIDC) as services:
        seed_demo_people(writer_of(services), NOW)
        add_community(services)
        if services.mirror is not None:
            services.mirror.refresh()
        current.install(services)
        st.cache_data.clear()
        yield services


def read_at(services: Services, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where numbers are read in a copy, it is read now, by this clock."""
    if services.mirror is not None:
        monkeypatch.setattr(services.mirror, "_clock", clock)
        services.mirror.refresh()


def go_on(_: float) -> bool:
    return False


def test_whoever_opens_a_page_first_finds_it_computed(small: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    prewarm_views(small, rest=go_on)

    def compute(*_: Any, **more: Any) -> Any:
        raise AssertionError("a page computed a number or drew a picture")

    monkeypatch.setattr(MetricsReader, "measure", compute)
    monkeypatch.setattr(figures.catalogue, "chart", compute)
    monkeypatch.setattr(figures.catalogue, "goal_scores", compute)
    for who in (ADMIN, ANALYST, COACH):
        app = see(who)
        for page in PAGES:
            app.switch_page(f"pages/{page}.py")
            app.query_params.update(MORE)
            app.run()
            assert not app.exception, (who, page, app.exception)
            assert app.get("vega_lite_chart")


def test_every_role_has_its_view_and_the_next_one_comes_early(
    small: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = list(usual_views(small))
    assert [(each.person.role.value, each.suppresses, each.segment is None) for each in views] == [
        ("admin", False, True),
        ("analyst", True, True),
        *[("coach", False, False)] * 2,
    ]
    monkeypatch.setattr(view, "MANY_SESSIONS", 10)
    clock = HandClock(NOW + timedelta(minutes=11))
    read_at(small, clock, monkeypatch)
    services = dataclasses.replace(small, clock=clock)
    moments = {each.as_of for each in usual_views(services) if not each.suppresses}
    assert moments == {NOW, NOW + timedelta(minutes=10)}
    shown = view.view_of(views[0].person, services).as_of
    clock.forward(view.LEAD.total_seconds())
    read_at(small, clock, monkeypatch)
    assert (shown, view.view_of(views[0].person, services).as_of) == (NOW, NOW + timedelta(minutes=10))


def test_it_leaves_off_when_told_and_a_bad_round_is_not_the_last(
    small: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds, stop = [], threading.Event()

    def fails(*_: Any, **more: Any) -> None:
        rounds.append(1)
        if len(rounds) == 2:
            stop.set()
        raise RuntimeError("no memory")

    monkeypatch.setattr(prewarm, "prewarm_views", fails)
    monkeypatch.setattr(view, "MANY_SESSIONS", 10)
    monkeypatch.setattr(prewarm, "STEP_MINUTES", 0.0001)
    services = dataclasses.replace(small, clock=HandClock(NOW.replace(minute=0)))
    thread = threading.Thread(target=keep_prewarmed, args=(services, stop))
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert len(rounds) == 2
    asked: list[float] = []

    def enough(seconds: float) -> bool:
        asked.append(seconds)
        return True

    monkeypatch.undo()
    prewarm_views(small, rest=enough)
    assert len(asked) == 1


def test_after_a_deletion_the_views_are_made_ready_again(small: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds, stop = [], threading.Event()

    def prewarm_one(services: Services, **_: Any) -> None:
        rounds.append(services.copies.generation)
        if len(rounds) == 2:
            stop.set()
        services.copies.drop()

    monkeypatch.setattr(prewarm, "prewarm_views", prewarm_one)
    monkeypatch.setattr(view, "MANY_SESSIONS", 10)
    keep_prewarmed(small, stop)
    assert rounds == [rounds[0], rounds[0] + 1]
