"""How the app is doing: sessions that go on, calls that failed, what is used up, the agent, the settings in force."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.app.setting_lines import setting_lines
from coachroom.app.storage import storage_of
from coachroom.caseload.directory import OpenSession
from coachroom.charts.formatting import some
from coachroom.errors import CoachroomError
from coachroom.people.people import Person
from coachroom.privacy.erasures import COMPACTED_WITHIN
from coachroom.rooms.states import EndReason, SessionStatus
from coachroom.ui.administration.agent_review import agent_review
from coachroom.ui.administration.outgoing_messages import outgoing_messages
from coachroom.ui.administration.versions import versions
from coachroom.ui.dashboard.budget import budget_section
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, plain
from coachroom.ui.safety_report import safety_reports
from coachroom.ui.tables import table_height
from coachroom.web.runtime import request_rerun

SYSTEM = "system"
RECENT_CALLS = 100
MAX_SESSIONS = 50
# Whoever is in a session was seen a few seconds ago.
LATELY = timedelta(minutes=1)


def system_page(person: Person) -> None:
    """What an administrator may want to know without a shell; nothing here is secret."""
    st.title("System", anchor=False)
    show_flash(SYSTEM)
    _sessions(person)
    safety_reports(person)
    _failed_calls()
    budget_section(get_services())
    outgoing_messages(person)
    agent_review()
    versions(person)
    _storage()
    _settings()


def _sessions(person: Person) -> None:
    services = get_services()
    st.header("Sessions that go on", anchor=False)
    sessions = services.directory.open_sessions()
    if not sessions:
        st.write("Nobody is in a session right now.")
        return
    for number, session in enumerate(sessions[:MAX_SESSIONS]):
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"open_session_{number}"):
            st.markdown(
                f"**{plain(session.name or 'somebody who is no member')}** · {_state(session)}", width="stretch"
            )
            st.button("End", key=f"end_{session.id}", on_click=_end, args=(person, session))
    if len(sessions) > MAX_SESSIONS:
        st.caption(f"The oldest {MAX_SESSIONS} of {len(sessions):,}.")
    st.caption("End one only where it is stuck: its client's page says that an administrator ended it.")


def _state(session: OpenSession) -> str:
    here = get_services().clock() - session.last_seen_at < LATELY
    state = "paused" if session.paused else "waits to begin" if session.status == SessionStatus.WAITING else "talking"
    seen = "the client is there" if here else f"the client was last seen on {day_and_time(session.last_seen_at)}"
    return f"since {day_and_time(session.start_time)}, {state}, {seen}"


def _end(person: Person, session: OpenSession) -> None:
    run_action(SYSTEM, lambda: end_session(person, session), "The session is over.", once=f"end_{session.id}")


def end_session(person: Person, session: OpenSession) -> None:
    """Ends a session; its client's page says so. Raises CoachroomError where it is over already."""
    services = get_services()
    now = services.rooms.session(session.id)
    if now is None or now.status.over:
        raise CoachroomError("This session is over already.")
    tab = services.presence.holder(session.id)
    services.sessions.end(session.id, EndReason.ADMINISTRATOR)
    services.audit.add(person.email, "session.ended", session.email or now.client_id, {"session": session.id})
    request_rerun(tab)


def _failed_calls() -> None:
    recent = get_services().failed_calls.recent(RECENT_CALLS)
    st.header("Calls that failed", anchor=False)
    if not recent.causes:
        st.write(f"None of the last {some(recent.calls, 'call')}." if recent.calls else "No call is on record.")
        return
    st.write(f"Of the last {some(recent.calls, 'call')}:")
    lines = [
        f"- **{cause.calls}**, the last on {day_and_time(cause.latest)}: {plain(cause.refusal.what)}. "
        f"Way out: {plain(cause.refusal.way_out)}."
        for cause in recent.causes
    ]
    st.markdown("\n".join(lines))


def _storage() -> None:
    services = get_services()
    st.header("Storage", anchor=False)
    try:
        storage = storage_of(services.settings)
    except CoachroomError as error:
        st.error(plain(str(error)))
        return
    waiting = services.erased_calls.waiting()
    place = (
        f"The database is a {services.settings.database}, whose own tools say what it takes."
        if storage.database is None or storage.free is None
        else f"The database takes {_megabytes(storage.database)}; {_megabytes(storage.free)} are free on its disk."
    )
    lines = [
        place,
        f"{some(services.store_status.writes_waiting, 'write waits', 'writes wait')} for the next commit.",
        f"{some(waiting, 'call')} of which nothing is kept here still to be deleted at the provider."
        if waiting
        else "The provider has deleted every call of which nothing is kept here.",
    ]
    if storage.database is not None and (storage.uncompacted or storage.deleted):
        erased = some(storage.uncompacted, "erased client", "erased clients")
        left = erased if storage.uncompacted else "what was deleted lately"
        lines.append(
            f"The bytes of {left} are still in the file: they leave it within {COMPACTED_WITHIN.days} days, "
            "at once by `python -m coachroom compact`."
        )
    st.markdown("\n".join(f"- {line}" for line in lines))


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:,.1f} MB" if size < 1024**3 else f"{size / 1024**3:,.1f} GB"


def _settings() -> None:
    st.header("Settings in force", anchor=False)
    lines = setting_lines(get_services().settings)
    frame = pd.DataFrame(
        [(line.variable, line.value, "yes" if line.differs else "", line.description) for line in lines],
        columns=["setting", "value", "set", "what it is"],
    )
    st.dataframe(
        frame, hide_index=True, width="stretch", height=table_height(len(frame)), alt="Every setting and its value."
    )
    st.caption("Of secrets it only says whether they are set. They are changed where the app is started.")
