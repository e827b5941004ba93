"""What a page says when there is nothing to show, little, or nothing real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.errors import NumbersNotReadyError
from coachroom.metrics.definitions import ColumnType, Definition, definition
from coachroom.metrics.sources import DataSources
from coachroom.ui.dashboard.view import View


def demo_mark() -> None:
    """Says that the numbers are invented, where they are."""
    if get_services().demo.exists():
        st.badge("Demo data: invented people", icon=":material/science:", color="orange")


@contextmanager
def numbers_may_be_missing() -> Iterator[None]:
    """A page that needs numbers which are not there yet says so in its place, and when to come back."""
    try:
        yield
    except NumbersNotReadyError as error:
        st.info(str(error), icon=":material/hourglass_top:")


def nothing_yet(view: View, metric_id: str, frame: pd.DataFrame) -> None:
    """Instead of an empty chart: what will be here, and when; or why it is hidden."""
    metric, missing = definition(metric_id), missing_source(metric_id)
    if missing is not None:
        st.caption(f"Nothing here: {missing}.")
    elif only_as_a_whole(view, metric):
        st.caption(f"Shown for the whole community only: in a part of it {told_apart(view)}.")
    elif view.segment is not None and view.segment.by in metric.never_by:
        st.caption(
            f"Not shown by {view.segment.by}: who is in it had a session, and so was a member until then. Choose "
            "another part or the whole community."
        )
    elif view.suppresses and has_hidden(metric, frame):
        st.caption(f"{hidden(view).capitalize()}.")
    else:
        or_hidden = f", or it is {hidden(view)}" if view.suppresses and metric.drops_small_groups else ""
        st.caption(
            f"Nothing here yet{or_hidden}. The chart appears when {metric.appears_when}. If you expect something, "
            "choose a longer range or the whole community."
        )


def missing_source(metric_id: str) -> str | None:
    """Why nothing can fill this metric here; None where something can."""
    services = get_services()
    analysed = bool(services.practice or services.provider or services.webhook_secret)
    return DataSources(questions=services.feedback.asks, analysis=analysed).missing_for(metric_id)


def only_as_a_whole(view: View, metric: Definition) -> bool:
    """Whether an analyst looks at a part of the community for which this metric is not shown."""
    return view.suppresses and view.segment is not None and view.segment.by not in metric.parts


def hidden(view: View) -> str:
    """Why an analyst does not see a number, to go on or to begin a sentence with."""
    return f"hidden, because {told_apart(view)}"


def told_apart(view: View) -> str:
    return f"fewer than {view.min_group} people could be told apart"


def missing_word(view: View, metric: Definition, frame: pd.DataFrame) -> str:
    """What stands in a table in place of a missing number: "hidden" where an analyst may not see it, else nothing.

    "hidden or none" where the table holds both.
    """
    if not view.suppresses or not has_hidden(metric, frame):
        return ""
    whole_rows = frame[frame[_told_by(metric)].notna().all(axis=1)]
    return "hidden or none" if whole_rows.isna().to_numpy().any() else "hidden"


def has_hidden(metric: Definition, frame: pd.DataFrame) -> bool:
    """Whether a count is missing, in a frame as an analyst sees it: a count is never missing for another reason."""
    return bool(frame[_told_by(metric)].isna().to_numpy().any())


def _told_by(metric: Definition) -> list[str]:
    """The columns by which a hidden row is known: the counts, if it has any."""
    about = [each for each in metric.columns if each.about]
    return [each.name for each in about if each.type is ColumnType.COUNT] or [each.name for each in about]
