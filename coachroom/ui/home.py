"""Home: one question a role. A client: what is my next step?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts.formatting import some
from coachroom.clock import short_date
from coachroom.people.people import Person, Role
from coachroom.rooms.states import Session
from coachroom.settings import Settings
from coachroom.ui import components
from coachroom.ui.actions import due, next_of
from coachroom.ui.administration.left_appointments import left_appointments
from coachroom.ui.appointments.client_page import next_appointment, nothing_planned
from coachroom.ui.appointments.coach_page import appointments_this_week
from coachroom.ui.approach import approach_on_home
from coachroom.ui.coach_messages import messages_for_me
from coachroom.ui.coach_questions import questions_waiting
from coachroom.ui.components import post_button
from coachroom.ui.dashboard.attention import comments_for, people_to_see
from coachroom.ui.dashboard.budget import budget_section
from coachroom.ui.dashboard.clients import load_of, nobody
from coachroom.ui.dashboard.coach_notes import due_reminders, notes_ahead
from coachroom.ui.dashboard.health import health_findings
from coachroom.ui.dashboard.live import in_session_now
from coachroom.ui.dashboard.notices import demo_mark
from coachroom.ui.dashboard.view import view_of
from coachroom.ui.formatting import day_and_time, length, outcome, plain
from coachroom.ui.handoff import handed_to_me
from coachroom.ui.newcomer import is_new, newcomer
from coachroom.ui.own_days import own_zone

MAX_SHOWN = 5


def home(person: Person) -> None:
    """The page everybody starts from."""
    with st.container(key="reading"):
        _HOMES[person.role](person)


def _how_long(settings: Settings) -> str:
    times = f", up to {settings.extra_times} times" if settings.extra_times > 1 else ""
    more = f", or take {settings.extra_minutes:g} minutes more near its end{times}" if settings.extra_minutes else ""
    return f"A session lasts up to {settings.session_minutes:g} minutes; you can end it at any time{more}."


def _client_home(person: Person) -> None:
    services = get_services()
    own_zone(str(person.client_id))
    sessions = services.rooms.sessions_of(str(person.client_id))
    st.title(f"Hello {plain(person.name.split()[0]) if person.name.split() else ''}".strip(), anchor=False)
    messages_for_me(str(person.client_id))
    next_appointment(str(person.client_id))
    going_on = next((session for session in sessions if not session.status.over), None)
    if going_on is not None:
        st.write("Your session is still open. Go back in, and the coach picks up where you were.")
        post_button("Go back to my room", "/room/create", key="create_room")
    elif is_new(str(person.client_id)):
        newcomer(str(person.client_id))
        return
    else:
        st.write(
            "Your room is private. First you check your camera and microphone, then you enter and the coach greets "
            f"you. {_how_long(services.settings)}"
        )
        post_button("Open my room", "/room/create", key="create_room")
    approach_on_home(str(person.client_id), sessions)
    _next_step(str(person.client_id))
    nothing_planned(str(person.client_id))
    past = [session for session in sessions if session.status.over]
    components.install_hint(key="install_hint")
    if past:
        st.header("Your past sessions", anchor=False)
        titles = services.coaching.summaries.titles(str(person.client_id))
        _links(past[:MAX_SHOWN], titles)
        if len(past) > MAX_SHOWN:
            with st.expander("Earlier ones", key="earlier_sessions"):
                _links(past[MAX_SHOWN:], titles)


def _links(sessions: Sequence[Session], titles: Mapping[str, str]) -> None:
    for session in sessions:
        span = length((session.end_time or session.start_time) - session.start_time)
        title = f"**{plain(titles[session.id])}** · " if session.id in titles else ""
        became = "off the record" if session.off_record else outcome(session)
        label = f"{title}{day_and_time(session.start_time)} · {span} · {became}"
        st.page_link("pages/Session.py", label=label, query_params={"session": session.id})


def _next_step(client_id: str) -> None:
    """What was agreed and is due next, what waits for an answer, and the ways to what is the client's own."""
    services = get_services()
    step = next_of(services.coaching.actions.list_for(client_id), services.clock())
    waits = len(services.coaching.proposals.open_for(client_id)) + questions_waiting(client_id)
    if step is not None:
        when = due(step, services.clock())
        st.header("Your next step", anchor=False)
        st.markdown(f"**{plain(step.title)}**{f', {when}' if when else ''}")
    with st.container(gap="xsmall", key="own_pages"):
        if waits:
            label = f"**{some(waits, 'thing waits', 'things wait')} for your word**"
            st.page_link("pages/Goals.py", label=label, icon=":material/notifications:")
        st.page_link("pages/Goals.py", label="Your goals and next steps", icon=":material/flag:")
        if services.settings.appointments:
            st.page_link("pages/Appointments.py", label="Your appointments", icon=":material/event:")
        st.page_link("pages/Profile.py", label="How you are coached", icon=":material/tune:")
        st.page_link("pages/Memory.py", label="What the coach remembers", icon=":material/bookmark:")


def _coach_home(person: Person) -> None:
    st.title("Who needs you this week?", anchor=False)
    demo_mark()
    load = load_of(person)
    if not load.clients:
        st.write(nobody(person))
        return
    named = st.text_input("Find a client", key="find_client", placeholder="Part of the name", width=280)
    if named:
        st.switch_page("pages/Clients.py", query_params={"find": named})
    live_coach = get_services().settings.live_coach
    if live_coach:
        in_session_now(person)
    if appointments_this_week(person) or live_coach:
        st.header("This week", anchor=False)
    ahead = notes_ahead(person)
    handed_to_me(person)
    due_reminders(person, ahead)
    more = people_to_see(load, ahead.left_alone)
    comments_for(person)
    with st.container(gap="xsmall", key="more_pages"):
        label = f"All {load.clients:,} of your clients" + (
            f"; {more:,} more of them could use a look" if more else ""
        )
        st.page_link("pages/Clients.py", label=label, icon=":material/group:")
        if get_services().settings.appointments:
            st.page_link("pages/Calendar.py", label="Your calendar", icon=":material/event:")
        st.page_link("pages/Overview.py", label="What changed in the community", icon=":material/insights:")


def _analyst_home(person: Person) -> None:
    services = get_services()
    view = view_of(person, services)
    st.title("What can I take away, and as of when?", anchor=False)
    demo_mark()
    st.write(
        f"Every number on the pages above, as of {short_date(view.as_of)}, {view.as_of:%H:%M} UTC, as CSV, Parquet, "
        "JSON Lines or Excel: each chart has a download. They hold no names and no words of a conversation, and "
        f"numbers are hidden where fewer than {view.min_group} people could be told apart."
    )
    st.page_link(
        "pages/Explore.py", label="Explore: any metric, any part of the community", icon=":material/query_stats:"
    )
    st.page_link("pages/Overview.py", label="What changed", icon=":material/insights:")
    st.header("What there is", anchor=False)
    inventory = services.inventory.rows_by_table()
    first = get_services().inventory.first_session()
    if first is not None:
        st.write(f"Sessions since {first:%B %Y}.")
    inventory["rows"] = inventory["rows"].map(_roughly)
    st.dataframe(inventory, hide_index=True, width="content", alt="About how many rows each table has.")
    st.caption("An operator gets all tables as Parquet with `python -m coachroom snapshot DIR`.")


def _roughly(rows: int) -> str:
    """In hundreds: from an exact total an analyst could subtract what the pages show, and have what they hide."""
    return f"more than {rows // 100 * 100:,}" if rows > 100 else "up to 100"


def _admin_home(person: Person) -> None:
    services = get_services()
    st.title("Is everything in order?", anchor=False)
    demo_mark()
    findings = health_findings(services)
    good = all(finding.good for finding in findings)
    st.markdown(
        "**Yes, as far as can be seen from here.**" if good else "**Not everything: look at what is marked.**"
    )
    for finding in findings:
        icon = ":material/check:" if finding.good else ":material/error:"
        st.markdown(f"{icon} {'' if finding.good else '**Look:** '}{finding.text}")
        if finding.link is not None:
            st.page_link("pages/System.py", label=finding.link, icon=":material/arrow_forward:")
    left_appointments(person)
    comments_for(person)
    budget_section(services)
    st.caption("`python -m coachroom doctor` checks installation, settings and database in full.")
    load = load_of(person)
    if load.need_a_talk or load.gone_quiet:
        label = f"Clients: {load.need_a_talk:,} could use a talk, {load.gone_quiet:,} went quiet"
        st.page_link("pages/Clients.py", label=label, icon=":material/group:")
    st.page_link("pages/Overview.py", label="What changed in the community", icon=":material/insights:")
    st.page_link("pages/Members.py", label="Members", icon=":material/badge:")
    st.page_link(
        "pages/System.py", label="System: sessions that go on, calls, storage, settings", icon=":material/tune:"
    )


_HOMES = {
    Role.CLIENT: _client_home,
    Role.COACH: _coach_home,
    Role.ANALYST: _analyst_home,
    Role.ADMIN: _admin_home,
}
