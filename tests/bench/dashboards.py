"""What each page of numbers costs the server, for each role that may open it, and whether it reads a turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import streamlit as st
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest, app_test

from coachroom.app import current
from coachroom.ui.dashboard.prewarm import prewarm_views
from tests.bench.invented import UNTIL, Data
from tests.bench.watched import WatchedStore
from tests.services import OIDC, HandClock, opened, store_of
from tests.ui.pages import ADMIN, ANALYST, COACH, PagesThroughHome, see

NUMBERS = ("Overview", "Engagement", "Satisfaction", "Quality", "Effectiveness")
ONE_CLIENT = "Clients, one of them"
VIEWS = {
    "coach": (COACH, ("Start", "Clients", ONE_CLIENT, *NUMBERS)),
    "analyst": (ANALYST, ("Start", *NUMBERS, "Explore")),
    "admin": (ADMIN, ("Start", "Clients", ONE_CLIENT, *NUMBERS, "Explore", "Members")),
}
A_CLIENT = "SELECT client_id FROM members WHERE coach_email = $1 ORDER BY client_id LIMIT 1"
WARM_VIEWS = 3
TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Cost:
    """Milliseconds on the server, from the first line of the page's script to the last; CPU of all threads."""

    cpu: float
    wall: float


@dataclass(frozen=True)
class PageCost:
    """`cold`: nobody looked before (the process runs, the file is open); `warm`: the same page again; `ready`: nobody
    looked before, but the usual views were made ready, as the running app does by itself.
    """

    page: str
    role: str
    cold: Cost
    warm: Cost
    ready: Cost
    reading_turns: tuple[str, ...]


def measure_dashboards(
    data: Data, roles: Sequence[str] = tuple(VIEWS), *, warm_views: int = WARM_VIEWS
) -> list[PageCost]:
    """One cost for each role and page it may open. With no `warm_views`, `warm` is the first view as well."""
    with (
        patch.object(app_test, "PagesManager", PagesThroughHome),
        patch("coachroom.store.opening.DuckStore", WatchedStore),
        _timed_scripts() as runs,
        opened(data.database.parent, HandClock(UNTIL), database=data.database, self_view="local", **OIDC) as services,
    ):
        current.install(services)
        store = store_of(services)
        assert isinstance(store, WatchedStore)
        visitors = {role: _Visitor(role, see(VIEWS[role][0]), store, runs) for role in roles}
        found = [(role, page, visitors[role].views(page, warm_views)) for role in roles for page in VIEWS[role][1]]
        st.cache_data.clear()
        prewarm_views(services, rest=lambda _: False)
        return [
            PageCost(page, role, cold, warm, visitors[role].view(page), turns)
            for role, page, (cold, warm, turns) in found
        ]


@dataclass(frozen=True)
class _Visitor:
    """Somebody who goes from page to page. `runs` gets a cost for each run of a script."""

    role: str
    app: AppTest
    store: WatchedStore
    runs: list[Cost]

    def views(self, page: str, warm_views: int) -> tuple[Cost, Cost, tuple[str, ...]]:
        """A first view with nothing kept, the middle of those that follow, and what of it reads turns."""
        st.cache_data.clear()
        self.store.asked.clear()
        cold = self.view(page)
        warm = [self._run() for _ in range(warm_views)] or [cold]
        middle = Cost(statistics.median(run.cpu for run in warm), statistics.median(run.wall for run in warm))
        return cold, middle, tuple(self.store.reading_turns())

    def view(self, page: str) -> Cost:
        """Goes to the page."""
        self.app.query_params.clear()
        if page == ONE_CLIENT:
            self.app.query_params["client"] = self.store.execute(A_CLIENT, [COACH])[0][0]
        self.app.switch_page(f"pages/{'Clients' if page == ONE_CLIENT else page}.py")
        return self._run()

    def _run(self) -> Cost:
        self.runs.clear()
        self.app.run(timeout=TIMEOUT_SECONDS)
        if self.app.exception:
            raise AssertionError(self.app.exception[0].message)
        return Cost(sum(run.cpu for run in self.runs), sum(run.wall for run in self.runs))


@contextmanager
def _timed_scripts() -> Iterator[list[Cost]]:
    """Notes what each run of a page's script costs, without what the test around it does."""
    runs: list[Cost] = []
    run_script = ScriptRunner._run_script

    def timed(self: ScriptRunner, *given: Any) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        run_script(self, *given)
        runs.append(Cost((time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000))

    with patch.object(ScriptRunner, "_run_script", timed):
        yield runs
