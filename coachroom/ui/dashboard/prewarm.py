"""Makes the usual views ready before anybody asks for them, so that nobody is the first to wait."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

from coachroom.app.container import Services
from coachroom.charts.frames import has_something
from coachroom.metrics.definitions import DEFINITIONS
from coachroom.metrics.parameters import RetentionKind
from coachroom.ui.dashboard.drifting import model_of
from coachroom.ui.dashboard.figures import drawn, frame_of
from coachroom.ui.dashboard.filters import usual
from coachroom.ui.dashboard.queries import version
from coachroom.ui.dashboard.view import STEP_MINUTES, View, has_much, view_of

log = logging.getLogger(__name__)

MAX_VIEWS = 20


def keep_prewarmed(services: Services, stop: threading.Event) -> None:
    """Once at the start, and with very much on record every ten minutes and after deletions, until `stop` is set.

    For a thread of its own. It pauses after each metric for as long as that took, because rooms come first.
    """
    while services.mirror is not None and services.mirror.as_of is None and not stop.wait(1.0):
        continue
    first = True
    while not stop.is_set():
        generation = services.copies.generation
        try:
            if first or has_much(version(services)):
                prewarm_views(services, rest=stop.wait)
        except Exception:
            # One bad round must not stop the rounds after it, and pages do without.
            log.exception("the usual views could not be made ready")
        first = False
        now = services.clock()
        until = time.monotonic() + (STEP_MINUTES - now.minute % STEP_MINUTES) * 60 - now.second
        # What was made ready before a deletion is shown to nobody.
        while time.monotonic() < until and services.copies.generation == generation and not stop.wait(1.0):
            continue


def prewarm_views(services: Services, *, rest: Callable[[float], bool]) -> None:
    """Every metric's frame and picture, as the pages show them with nothing chosen, now and next; and who may return.

    `rest` waits for so many seconds and says whether to leave off.
    """
    views = list(usual_views(services))
    for metric in DEFINITIONS:
        kind = RetentionKind.RECURRING if metric.takes_kind else None
        for view in views:
            began = time.perf_counter()
            if has_something(metric.id, frame_of(view, metric.id, kind)):
                drawn(view, metric.id, kind)
                if metric.id == "goal_attainment":
                    drawn(view, metric.id, scores=True)
                if metric.id == "retention":
                    drawn(view, metric.id, kind, dark=True)
            if rest(time.perf_counter() - began):
                return
    model_of(services.clock())


def usual_views(services: Services) -> Iterator[View]:
    """What those who see numbers open, each view once."""
    known = set()
    for ahead in (False, True):
        for email in services.inventory.staff(MAX_VIEWS):
            person = services.people.find(email)
            if person is None:
                continue
            view = usual(view_of(person, services, ahead=ahead))
            asked = view.parameters()
            if asked not in known:
                known.add(asked)
                yield view
