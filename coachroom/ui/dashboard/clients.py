"""A coach's clients: who needs a talk, who has gone quiet, and one client's sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import (
    MAX_SESSIONS,
    MAX_SHOWN,
    QUIET_DAYS,
    RECENT_DAYS,
    Caseload,
    CaseloadReader,
    Client,
    ClientNotFoundError,
)
from coachroom.caseload.reasons import reasons
from coachroom.charts import timeline as charts
from coachroom.charts.formatting import some
from coachroom.charts.frames import has_something
from coachroom.clock import days_between, short_date
from coachroom.metrics.day_notes import DayNote
from coachroom.metrics.exports.header import ExportColumn, ExportHeader
from coachroom.metrics.parameters import Interval, Segment, SegmentBy
from coachroom.metrics.units import MILLISECONDS, SECONDS
from coachroom.people.people import Person, Role
from coachroom.ui.coach_messages import write_to
from coachroom.ui.coach_safety_report import report_safety_as_coach
from coachroom.ui.dashboard import drifting
from coachroom.ui.dashboard.attention import comments_for, why_to_see
from coachroom.ui.dashboard.brief import brief
from coachroom.ui.dashboard.coach_notes import coach_notes
from coachroom.ui.dashboard.downloads import download_frame
from coachroom.ui.dashboard.figures import frame_of
from coachroom.ui.dashboard.live import in_session_now
from coachroom.ui.dashboard.next_questions import next_questions
from coachroom.ui.dashboard.notices import demo_mark
from coachroom.ui.dashboard.one_client import since_last_session
from coachroom.ui.dashboard.panel import metric_panel, picture, unit_column
from coachroom.ui.dashboard.queries import KEPT_SECONDS, Version, day_notes, version
from coachroom.ui.dashboard.shared_summaries import shared_summaries
from coachroom.ui.dashboard.slow_turns import slow_turns
from coachroom.ui.dashboard.suggestions import suggestions
from coachroom.ui.dashboard.view import View, view_of
from coachroom.ui.formatting import plain
from coachroom.ui.handoff import handed_sessions
from coachroom.ui.own_address import tell_address
from coachroom.ui.tables import table_height

BRIEF = "brief"
WHY_ONLY_READ = "{} has left this community: you can still read what is here, but write, suggest and book nothing."
LIST_COLUMNS = {
    "client": "Client",
    "need": "Why",
    "last_session": "Last session",
    "recent_sessions": f"In {RECENT_DAYS} days",
    "sessions": "Sessions",
    "rating": "Last rating",
    "check_in": "Last check-in",
    "tier": "Tier",
}
SESSION_COLUMNS = {
    "start_time": "Start (UTC)",
    "status": "Ended",
    "duration_seconds": "Lasted, seconds",
    "rating": "Rating",
    "check_in": "Check-in",
    "confidence_before": "Confidence before",
    "confidence_after": "Confidence after",
    "p50_ms": "Wait, milliseconds",
    "coach_share": "Coach's share of words",
    "agent_version": "Version of the AI coach",
    "interrupted_turns": "Interruptions",
    "client_turns": "Client's turns",
}


def clients_page(person: Person) -> None:
    """The list, or the one client that the address names."""
    tell_address()
    named = str(st.query_params.get("client", ""))
    if not named:
        _everybody(person)
        return
    try:
        client = get_services().caseload.find_client(person, named)
    except ClientNotFoundError as error:
        st.title("This client is not here", anchor=False)
        st.write(str(error))
        st.page_link("pages/Clients.py", label="All your clients")
        return
    looked_at = get_services().client_views.note(person, client.id)
    if BRIEF in st.query_params and person.role is Role.COACH:
        view = view_of(person, get_services())
        brief(person, client, _valid(get_services().caseload.timeline(client, view.as_of), view.min_valid_seconds))
        return
    _one(person, client, looked_at)


def load_of(person: Person, named: str | None = None) -> Caseload:
    """The caseload as of the last full minute."""
    services = get_services()
    seconds = services.settings.min_valid_seconds
    return _load(version(services), person, _this_minute(), seconds, named or None, services.caseload)


def _this_minute() -> datetime:
    # By the minute however much there is: who may see whom can change.
    return get_services().clock().replace(second=0, microsecond=0)


# The person is part of the key: what a coach may see is nobody else's.
@st.cache_data(ttl=KEPT_SECONDS, max_entries=100, show_spinner=False)
def _load(
    known: Version,
    person: Person,
    as_of: datetime,
    min_valid_seconds: float,
    named: str | None,
    _caseload: CaseloadReader,
) -> Caseload:
    del known
    return _caseload.load(person, as_of, min_valid_seconds=min_valid_seconds, named=named)


def _everybody(person: Person) -> None:
    st.title("Clients" if person.role is Role.ADMIN else "Your clients", anchor=False)
    demo_mark()
    load = load_of(person)
    if not load.clients:
        st.write(nobody(person))
        return
    if person.role is Role.COACH and get_services().settings.live_coach:
        in_session_now(person)
    _table(person)
    counts(load)
    st.caption(_meaning())
    drifting.drifting(load.rows, drifting.outlooks_of(load.rows["client_id"], load.as_of))
    drifting.how_good(drifting.model_of(load.as_of))


def nobody(person: Person) -> str:
    if person.role is Role.ADMIN:
        return "There are no clients yet. They appear here when they are on the roster and have signed in."
    return "No client is assigned to you yet. An administrator assigns clients to coaches; then they appear here."


def counts(load: Caseload) -> None:
    """How many of how many, side by side."""
    numbers = {
        "Need a talk": load.need_a_talk,
        "Gone quiet": load.gone_quiet,
        "Not begun": load.not_begun,
        "Clients": load.clients,
    }
    with st.grid(4, min_column_width=140):
        for label, number in numbers.items():
            st.metric(label, f"{number:,}", border=True)


def _meaning() -> str:
    return (
        f"Need a talk: in the last {RECENT_DAYS} days a rating of 1 or 2, a check-in under 36, or a last session "
        f"that failed. Gone quiet: no valid session for more than {QUIET_DAYS} days. Prompts to look, not grades."
    )


def _table(person: Person) -> None:
    found = st.text_input("Find a client", key="find", bind="query-params", placeholder="Part of the name", width=280)
    generation = get_services().copies.generation
    load = load_of(person, found)
    if load.rows.empty:
        others = "stands under Members" if person.role is Role.ADMIN else "is not in this list"
        st.caption(f"Nobody here is called that. Who has left, or has never signed in, {others}.")
        return
    rows = drifting.with_outlooks(load.rows, drifting.outlooks_of(load.rows["client_id"], load.as_of))
    rows = rows.assign(need=reasons(rows))
    shown, likely = rows[list(LIST_COLUMNS)], rows["likely"].notna().any()
    said = f"{load.clients:,} clients, those who need somebody first."
    config = {name: st.column_config.Column(label) for name, label in LIST_COLUMNS.items()}
    # As wide as what stands in them.
    config["need"] = st.column_config.TextColumn(LIST_COLUMNS["need"], width=480)
    config["tier"] = st.column_config.TextColumn(LIST_COLUMNS["tier"], width=110)
    config["last_session"] = st.column_config.DatetimeColumn("Last session", format="D MMM YYYY")
    config["likely"] = st.column_config.NumberColumn(
        drifting.COLUMNS["likely"], format="%d %%", help=drifting.MEANING
    )
    config["rests_on"] = st.column_config.TextColumn(drifting.COLUMNS["rests_on"], width="large")
    chosen = st.dataframe(
        rows[[*LIST_COLUMNS, *drifting.COLUMNS]] if likely else shown,
        hide_index=True,
        width="stretch",
        height=table_height(len(rows)),
        column_config=config,
        on_select="rerun",
        selection_mode="single-row",
        key="client_table",
        # A screen shows the first columns whole: whose row it is, and why they need somebody.
        column_order=["client", "need", "tier", "likely", *list(LIST_COLUMNS)[2:-1], "rests_on"],
        placeholder="",
        alt=said,
    )
    picked = chosen["selection"]["rows"]
    if picked:
        st.switch_page("pages/Clients.py", query_params={"client": str(load.rows["client_id"].iloc[picked[0]])})
    if load.clients > MAX_SHOWN:
        st.caption(f"The first {MAX_SHOWN:,} of {load.clients:,}: type a part of a name to find others.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Mark a row to open that client.")
        _take_away(person, "clients", "Clients and who needs a talk", shown, LIST_COLUMNS, generation=generation)


def _one(person: Person, client: Client, looked_at: datetime | None) -> None:
    services = get_services()
    view = replace(view_of(person, services, Interval.MONTH), segment=Segment(SegmentBy.CLIENT, client.id))
    st.page_link("pages/Clients.py", label="All clients", icon=":material/arrow_back:")
    st.title(plain(client.name), anchor=False)
    demo_mark()
    # What a client wrote of goals and actions is for their own coach; an administrator sees the numbers.
    mine = person.role is Role.COACH
    sessions = services.caseload.timeline(client, view.as_of)
    _why_to_see(person, client)
    if mine:
        st.page_link(
            "pages/Clients.py",
            label="A brief for your next talk, to print",
            query_params={"client": client.id, BRIEF: "1"},
            icon=":material/print:",
        )
        if not client.coached_by_viewer:
            st.info(WHY_ONLY_READ.format(plain(client.name)), icon=":material/person_off:")
        elif services.settings.appointments and services.settings.live_coach:
            st.page_link(
                "pages/Calendar.py",
                label="Book an appointment",
                query_params={"client": client.id},
                icon=":material/event:",
            )
        # Handed over a moment ago, it is not among the sessions of the page's time yet.
        handed_sessions(person, client)
    if sessions.empty:
        later = "No session to show yet. The first one appears here soon after it is over."
        st.write(later if client.is_member else "There is no session to show.")
        if mine:
            write_to(person, client)
            coach_notes(person, client)
            suggestions(person, client, sessions)
            next_questions(person, client)
            report_safety_as_coach(person, client)
        return
    st.caption(
        f"As of {short_date(view.as_of)}, {view.as_of:%H:%M} UTC"
        + (f" · {plain(client.tier)}" if client.tier else "")
    )
    if looked_at is not None:
        new = int((sessions["start_time"] > pd.Timestamp(looked_at)).sum())
        st.caption(f"You last looked on {short_date(looked_at)}: {some(new, 'session')} since then.")
    expected = [client.id] if client.is_member else []
    outlook = drifting.outlooks_of(pd.Series(expected), view.as_of).get(client.id)
    if outlook is not None:
        zone = services.coaching.profiles.zone(client.id)
        # Until now, as below, and not until the numbers' time.
        days_away = days_between(view.as_of - outlook.standing.since, services.clock(), zone)
        drifting.outlook_line(outlook, days_away)
    talks = _valid(sessions, view.min_valid_seconds)
    if mine:
        since_last_session(client, talks)
        shared_summaries(client)
        coach_notes(person, client)
        write_to(person, client)
    comments_for(person, client)
    _sessions(person, sessions, day_notes(view.version), view.version.generation)
    if person.role is Role.ADMIN:
        slow_turns(client, view.as_of)
    _goals(view)
    if mine:
        suggestions(person, client, talks)
        next_questions(person, client)
        report_safety_as_coach(person, client)


def _why_to_see(person: Person, client: Client) -> None:
    # An administrator's list, of everybody, is not computed for it.
    if client.coached_by_viewer:
        why_to_see(load_of(person), client)


def _valid(sessions: pd.DataFrame, min_valid_seconds: float) -> pd.DataFrame:
    valid = (sessions["status"] != "failed") & ((sessions["client_turns"] >= 1) | sessions["off_record"])
    return sessions[valid & (sessions["duration_seconds"] >= min_valid_seconds)]


def _sessions(person: Person, sessions: pd.DataFrame, notes: Sequence[DayNote], generation: int) -> None:
    felt, heard = charts.sentence(sessions), charts.heard_sentence(sessions)
    with st.container(border=True):
        st.header("Sessions, with ratings of 3 or less", anchor=False)
        picture(charts.outcomes(sessions, notes).to_dict(validate=False), felt)
        st.caption(felt)
        st.header("How long answers took in them", anchor=False)
        if sessions["p50_ms"].notna().any():
            picture(charts.response_times(sessions, notes).to_dict(validate=False), heard)
        st.caption(heard)
    with st.expander("All sessions as a table"):
        config = {name: st.column_config.Column(label) for name, label in SESSION_COLUMNS.items()}
        config["start_time"] = st.column_config.DatetimeColumn("Start (UTC)", format="D MMM YYYY, HH:mm")
        config["duration_seconds"] = unit_column(SECONDS, SESSION_COLUMNS["duration_seconds"], whole=True)
        config["p50_ms"] = unit_column(MILLISECONDS, SESSION_COLUMNS["p50_ms"], whole=True)
        config["coach_share"] = st.column_config.NumberColumn("Coach's share of words", format="percent")
        shown = sessions[list(SESSION_COLUMNS)]
        st.dataframe(shown, hide_index=True, width="stretch", column_config=config, placeholder="", alt=felt)
        if get_services().comparisons.running():
            st.caption(
                "Two versions of the AI coach are compared: which one each session had stands here afterwards."
            )
        if len(sessions) == MAX_SESSIONS:
            st.caption(f"The latest {MAX_SESSIONS} sessions.")
        _take_away(person, "client-sessions", "Sessions of one client", shown, SESSION_COLUMNS, generation=generation)


def _goals(view: View) -> None:
    if has_something("goal_attainment", frame_of(view, "goal_attainment")):
        metric_panel(view, "goal_attainment", title="Goals by month (T score)", scores=True)
    else:
        st.caption("No goal has been checked in on yet. When there is one, its progress appears here.")


def _take_away(
    person: Person, name: str, title: str, frame: pd.DataFrame, columns: dict[str, str], *, generation: int
) -> None:
    services = get_services()
    as_of = view_of(person, services).as_of
    header = ExportHeader(
        title=title,
        meaning="A table of a page, as its reader may see it.",
        formula="",
        as_of=as_of,
        generated_at=services.clock(),
        columns=tuple(ExportColumn(column, meaning) for column, meaning in columns.items()),
    )
    download_frame(person, f"{name}-{as_of:%Y%m%d-%H%M}", header, frame, key=name, generation=generation)
