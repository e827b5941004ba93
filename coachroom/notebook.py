"""What the notebooks begin with: a snapshot, and the numbers and pictures an analyst sees on the pages.

Reads nothing but the snapshot and the settings, writes nothing, and needs neither server nor network.
"""

from __future__ import annotations

import atexit
import contextlib
import shutil
import tempfile
import textwrap
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd

from coachroom import settings as settings_module
from coachroom.charts.catalogue import Chart, chart, goal_scores
from coachroom.charts.frames import has_something
from coachroom.charts.sentences import NOTHING
from coachroom.clock import utc_now
from coachroom.demo.community import Community, generate, is_demo, start_of_day
from coachroom.metrics.day_notes import DayNote
from coachroom.metrics.definitions import definition
from coachroom.metrics.intervals import floor
from coachroom.metrics.parameters import Interval, RetentionKind, Segment
from coachroom.metrics.run import run
from coachroom.metrics.snapshot_store import OpenSnapshot, open_snapshot
from coachroom.metrics.version_changes import marked_days
from coachroom.settings import Settings
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.snapshot import take_snapshot
from coachroom.store.writer import Writer

# Enough people that most of what is shown is about more than a few of them.
DEMO_CLIENTS, DEMO_SESSIONS, DEMO_SEED = 300, 4_500, 1
WIDTH = 640
LETTERS_A_LINE = 105
# Next to the package, where the app is started from; a notebook runs in a folder of its own.
HOME = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Story:
    """One snapshot, seen with an analyst's eyes: what is known of a few people only is missing."""

    snapshot: OpenSnapshot
    settings: Settings

    def frame(
        self,
        metric_id: str,
        interval: Interval = Interval.WEEK,
        *,
        kind: RetentionKind | None = None,
        segment: Segment | None = None,
    ) -> pd.DataFrame:
        """The metric's rows, as the pages and `export --suppress` have them. Raises MetricError."""
        return run(
            self.snapshot.store,
            metric_id,
            as_of=self.snapshot.as_of,
            interval=interval,
            kind=kind,
            timezone=self.settings.reporting_timezone,
            min_valid_seconds=self.settings.min_valid_seconds,
            min_group=self.settings.min_group,
            suppress=True,
            segment=segment,
        )

    def picture(
        self,
        metric_id: str,
        interval: Interval = Interval.WEEK,
        *,
        kind: RetentionKind | None = None,
        scores: bool = False,
    ) -> Chart:
        """The metric's chart with its title, what it shows in one sentence and the days that have a note.

        `scores`: goal attainment's T.
        """
        frame = self.frame(metric_id, interval, kind=kind)
        title = definition(metric_id).title
        if not has_something(metric_id, frame):
            return _empty(title)
        if scores:
            return _framed(goal_scores(frame, interval, notes=self.day_notes), f"{title} (T score)")
        return _framed(chart(metric_id, frame, interval, self._open_from(interval), notes=self.day_notes), title)

    @cached_property
    def day_notes(self) -> tuple[DayNote, ...]:
        """What was noted on days when the snapshot was taken."""
        return marked_days(self.snapshot.store, ZoneInfo(self.settings.reporting_timezone), self.settings.min_group)

    def about(self) -> pd.DataFrame:
        """What is looked at, as of when, and what is left out."""
        invented = is_demo(self.snapshot.store)
        description = {
            "data": "Demo data: invented people" if invented else "a snapshot of the community",
            "as of": f"{self.snapshot.as_of:%Y-%m-%d %H:%M} UTC",
            "days, weeks and months": f"those of {self.settings.reporting_timezone}",
            "left out": f"numbers about fewer than {self.settings.min_group} people",
        }
        return pd.DataFrame({"": description})

    def _open_from(self, interval: Interval) -> date:
        """The first day of the interval that is not over yet."""
        zone = ZoneInfo(self.settings.reporting_timezone)
        return floor(self.snapshot.as_of.replace(tzinfo=UTC).astimezone(zone).date(), interval)


def open_story(snapshot: str = "") -> Story:
    """Opens the folder `snapshot`, or without one a demo community made for the occasion.

    Settings are the app's, so that the numbers are those on its pages. Raises CoachroomError with one sentence.
    """
    # Charts become still pictures here: nothing is fetched from anywhere to draw them.
    alt.renderers.enable("svg")
    directory = Path(snapshot).expanduser() if snapshot else _demo_for_now()
    with contextlib.chdir(HOME):
        settings = settings_module.load()
    return Story(open_snapshot(directory), settings)


def demo_snapshot(directory: Path, now: datetime) -> None:
    """Writes a snapshot of an invented community into the new folder, up to and as of the midnight before `now`."""
    midnight = start_of_day(now)
    store = DuckStore(None)
    try:
        migrate(store, midnight)
        writer = Writer(store)
        try:
            generate(store, writer, Community(DEMO_CLIENTS, DEMO_SESSIONS, DEMO_SEED, midnight), now=midnight)
        finally:
            writer.close()
        take_snapshot(store, directory, midnight)
    finally:
        store.close()


def _demo_for_now() -> Path:
    """A demo snapshot that goes when the notebook does."""
    place = Path(tempfile.mkdtemp(prefix="coachroom-demo-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    demo_snapshot(place / "snapshot", utc_now())
    return place / "snapshot"


def _framed(drawn: Chart, title: str) -> Chart:
    """Wide enough for a notebook, on white whatever the notebook's colours, with its sentence under the title."""
    said = textwrap.wrap(drawn.to_dict()["description"], LETTERS_A_LINE, break_on_hyphens=False)
    heading = alt.Title(title, subtitle=said, anchor="start", fontSize=15, subtitleFontSize=12, offset=12)
    framed: Chart = drawn.properties(title=heading, width=WIDTH, background="white")
    return framed


def _empty(title: str) -> Chart:
    drawn: alt.Chart = alt.Chart(pd.DataFrame({"nothing": [""]})).mark_text().encode(text="nothing:N")
    return _framed(drawn.properties(description=f"{NOTHING} Or it is about too few people.", height=1), title)
