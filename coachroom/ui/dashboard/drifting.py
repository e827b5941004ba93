"""Who is likely to come back, who is drifting away, and how good that estimate is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts.calibration import calibration, error, sentence, table
from coachroom.charts.formatting import percent, some
from coachroom.charts.sentences import between
from coachroom.metrics.reader import MetricsReader
from coachroom.metrics.return_risk import (
    DRIFTING_BELOW,
    DRIFTING_FALL,
    HORIZON,
    PRIOR,
    Cell,
    ClientState,
    Estimate,
    ReturnForecast,
    ReturnModel,
    monday,
)
from coachroom.ui.dashboard.panel import picture
from coachroom.ui.dashboard.queries import KEPT_SECONDS, Version, version
from coachroom.ui.formatting import plain

# A new Monday makes a new model; until then only what an import or a correction changes.
MODEL_KEPT_SECONDS = 3600
MAX_LINKS = 8
WITHIN = f"{HORIZON.days} days"
COLUMNS = {"likely": "Likely to come back", "rests_on": "What that is based on"}
MEANING = f"The chance of a session within the next {WITHIN}, in percent: how often clients like this one came back."


def model_of(as_of: datetime) -> ReturnModel:
    """The community's model, as of the Monday before `as_of`."""
    services = get_services()
    return _model(
        str(services.settings.database),
        services.copies.generation,
        monday(as_of),
        services.settings.min_valid_seconds,
        services.metrics,
    )


def outlooks_of(clients: pd.Series, as_of: datetime) -> dict[str, ReturnForecast]:
    """By client's id, for those about whom something can be said. The caller sees to it that they may be seen."""
    services = get_services()
    ids, seconds = tuple(str(each) for each in clients), services.settings.min_valid_seconds
    return _outlooks(version(services), ids, as_of, seconds, model_of(as_of), services.metrics)


def drifting(rows: pd.DataFrame, found: Mapping[str, ReturnForecast]) -> None:
    """A short list of those whose chance is low and has fallen, each with the reason; the greatest fall first.

    `rows`: of the caseload at the time of `found`.
    """
    away, days_away = who_drifts(rows, found), dict(zip(rows["client_id"], rows["days_away"], strict=True))
    if not away:
        return
    st.header("Drifting away", anchor=False)
    st.caption(
        f"Less than {percent(DRIFTING_BELOW)} likely to come back within {WITHIN}, and at least "
        f"{100 * DRIFTING_FALL:.0f} points less than four weeks ago or after the first session."
    )
    with st.container(gap="small", key="people_drifting"):
        for client, name, outlook in away[:MAX_LINKS]:
            with st.container(gap=None):
                label = f"**{plain(name)}**: {in_short(outlook)}"
                st.page_link("pages/Clients.py", label=label, query_params={"client": client})
                st.caption(reason(outlook.standing, outlook.now, days_away[client]))
    if len(away) > MAX_LINKS:
        st.caption(f"And {len(away) - MAX_LINKS:,} more: see the table.")


def who_drifts(rows: pd.DataFrame, found: Mapping[str, ReturnForecast]) -> list[tuple[str, str, ReturnForecast]]:
    """Id, name and outlook of those whose chance is low and has fallen; the greatest fall first."""
    names = dict(zip(rows["client_id"], rows["client"], strict=True))
    away = [(client, each) for client, each in found.items() if each.drifting and client in names]
    away.sort(key=lambda one: (-_fall(one[1]), one[0]))
    return [(client, names[client], each) for client, each in away]


def in_short(outlook: ReturnForecast) -> str:
    """The chance now, and what it was before."""
    return f"{_now(outlook)}{_before(outlook)}"


def rests_on(outlook: ReturnForecast) -> str:
    """What a chance is counted from, and how exact that makes it."""
    if not outlook.now.tally.times:
        return f"The estimate is from clients with as many days since, {between(outlook.now.low, outlook.now.high)}."
    return (
        f"The estimate is from {some(outlook.now.tally.clients, 'client')} like this one, "
        f"{between(outlook.now.low, outlook.now.high)}."
    )


def with_outlooks(rows: pd.DataFrame, found: Mapping[str, ReturnForecast]) -> pd.DataFrame:
    """The rows with `likely`, in percent, and `rests_on`, in words; both are missing where nothing can be said."""
    known = [found.get(client) for client in rows["client_id"]]
    return rows.assign(
        likely=pd.array([round(100 * each.now.value) if each else None for each in known], dtype="Int64"),
        rests_on=[
            reason(each.standing, each.now, days) if each else None
            for each, days in zip(known, rows["days_away"], strict=True)
        ],
    )


def outlook_line(outlook: ReturnForecast, days_away: int) -> None:
    """One client's chance, with what it is based on, so many days of their calendar after the last session."""
    st.markdown(
        f"**{_now(outlook)}**{_before(outlook)}",
        help=f"{between(outlook.now.low, outlook.now.high)}, {some(outlook.now.tally.clients, 'client')}.",
    )
    st.caption(reason(outlook.standing, outlook.now, days_away))


def how_good(model: ReturnModel) -> None:
    """The estimate held against what came; or why there is none."""
    with st.expander("How good is this estimate?" if not model.silent else "Who is likely to come back?"):
        if model.silent:
            st.write(model.silent)
            return
        st.write(
            "It is counted from all clients of the community: where somebody stood on a Monday, and whether they "
            f"came back within {WITHIN}. The older weeks make it. Here it is held against later weeks that it was "
            "not made from: the nearer to the dashed line, the better."
        )
        picture(calibration(model).to_dict(), sentence(model))
        st.table(table(model.bands).set_index("Estimated"))
        st.caption(
            f"{error(model)} Made from {some(model.older.times, 'case')} of {some(model.older.clients, 'client')}. "
            f"Small groups are drawn towards larger ones, as if these had {PRIOR} cases in them. A client who stood "
            "in one place on several Mondays is several cases; the intervals count them once. It says nothing of why."
        )


def reason(standing: ClientState, estimate: Estimate, days_away: int) -> str:
    """Such as "Last session 19 days ago after 3 sessions. 12 of 61 times such clients came back within 14 days …".

    And how that makes the estimate, which is another share than the count's own.
    """
    tally = estimate.tally
    since = f"{some(days_away, 'day')} ago" if days_away else "today"
    text = f"Last session {since} after {some(standing.sessions, 'valid session')}. "
    if not tally.times:
        return text + "No client was in the same place before; this is based on clients with as many days since."
    return text + (
        f"{tally.returned:,} of {tally.times:,} times such clients came back within {WITHIN} "
        f"({_place(estimate.place)}; {some(tally.clients, 'client')}). "
        f"With {PRIOR} cases of all who were away as long added, this makes {percent(estimate.value)}, "
        f"{between(estimate.low, estimate.high)}."
    )


def _place(place: Cell) -> str:
    """Such as "14 to 20 full days since, 2 or 3 sessions": the estimate counts hours, not calendar days."""
    until = place.until_sessions
    if until is None:
        sessions = f"{place.sessions} or more sessions"
    elif until - place.sessions == 1:
        sessions = some(place.sessions, "session")
    else:
        sessions = f"{place.sessions} to {until - 1} sessions"
    return f"{place.days} to {place.until_days - 1} full days since, {sessions}"


def _now(outlook: ReturnForecast) -> str:
    return f"{percent(outlook.now.value)} likely to come back within {WITHIN}"


def _before(outlook: ReturnForecast) -> str:
    if outlook.earlier is None:
        return ""
    when = "after the first session" if outlook.standing.new else "four weeks ago"
    return f", {percent(outlook.earlier.value)} {when}"


def _fall(outlook: ReturnForecast) -> float:
    return outlook.earlier.value - outlook.now.value if outlook.earlier else 0.0


@st.cache_data(ttl=MODEL_KEPT_SECONDS, max_entries=10, show_spinner=False)
def _model(
    database: str, generation: int, as_of: datetime, min_valid_seconds: float, _metrics: MetricsReader
) -> ReturnModel:
    del database, generation
    return _metrics.return_model(as_of, min_valid_seconds=min_valid_seconds)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=100, show_spinner=False)
def _outlooks(
    known: Version,
    clients: tuple[str, ...],
    as_of: datetime,
    min_valid_seconds: float,
    _model: ReturnModel,
    _metrics: MetricsReader,
) -> dict[str, ReturnForecast]:
    del known
    return _metrics.return_forecasts(_model, clients, as_of, min_valid_seconds=min_valid_seconds)
