"""How the app is doing: sessions that go on, calls that failed, what is used up, the agent, the settings in force."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st

from coachroom.app.agent_review import AgentReview, review_agent
from coachroom.app.current import get_services
from coachroom.app.setting_lines import setting_lines
from coachroom.app.storage import storage_of
from coachroom.caseload.directory import OpenSession
from coachroom.charts.formatting import some
from coachroom.errors import CoachroomError
from coachroom.notifications.message import Channel, MessageKind, MessageState
from coachroom.notifications.outbox import ListedMessage
from coachroom.people.people import Person
from coachroom.privacy.erasures import COMPACTED_WITHIN
from coachroom.rooms.states import EndReason, SessionStatus
from coachroom.text import printable
from coachroom.ui.dashboard.budget import budget_section
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, plain
from coachroom.ui.tables import table_height
from coachroom.web.runtime import request_rerun

SYSTEM, AGENT = "system", "agent"
REVIEW = "agent_review"
MAX_DIFFERENCES = 200
RECENT_CALLS = 100
MAX_SESSIONS = 50
MAX_MESSAGES = 30
MAILS = {
    MessageKind.INVITATION: "invitation",
    MessageKind.OWN_DATA: "their data was prepared for download",
    MessageKind.NEW_DEVICE: "new device",
    MessageKind.MONDAY: "who needs a talk",
}
STATES = {
    MessageState.WAITING: "waits",
    MessageState.SENT: "sent",
    MessageState.GIVEN_UP: "given up",
    MessageState.DROPPED: "not sent, as nobody needed it any more",
}
# Whoever is in a session was seen a few seconds ago.
LATELY = timedelta(minutes=1)


def system_page(person: Person) -> None:
    """What an administrator may want to know without a shell; nothing here is secret."""
    st.title("System", anchor=False)
    show_flash(SYSTEM)
    _sessions(person)
    _failed_calls()
    budget_section(get_services())
    _messages(person)
    _agent()
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


def _messages(person: Person) -> None:
    st.header("What goes out", anchor=False)
    outbox = get_services().outbox
    messages = outbox.latest(MAX_MESSAGES)
    if not messages:
        set_up = any(map(outbox.can_send, Channel))
        st.write("Nothing so far." if set_up else "Neither mail nor reports to another system are set up.")
        return
    for number, message in enumerate(messages):
        with st.container(horizontal=True, vertical_alignment="center", key=f"message_{number}"):
            st.markdown(plain(_fate(message)), width="stretch")
            if message.may_be_tried_again:
                st.button("Try again", key=f"again_{message.key}", on_click=_try_again, args=(person, message))
    st.caption(f"The latest {MAX_MESSAGES}. What they said is deleted once they are sent.")


def _fate(message: ListedMessage) -> str:
    """What became of a message, such as "Report session.finished of 1 May 2026, 12:00: sent"."""
    what = f"Mail ({MAILS[message.kind]})" if message.channel is Channel.MAIL else f"Report {message.kind}"
    to = f" to {message.recipient}" if message.recipient else ""
    tries = f" after {some(message.tries, 'try', 'tries')}" if message.tries > 1 or message.error else ""
    why = f". {message.error}" if message.error else ""
    return f"{what}{to} of {day_and_time(message.created_at)}: {STATES[message.state]}{tries}{why}"


def _try_again(person: Person, message: ListedMessage) -> None:
    run_action(SYSTEM, lambda: try_again(person, message), "It is on its way again.")


def try_again(person: Person, message: ListedMessage) -> None:
    """What was given up waits again. Raises CoachroomError."""
    services = get_services()
    services.outbox.try_again(message.key)
    subject = message.recipient or "another system"
    services.audit.add(person.email, "message.again", subject, {"kind": message.kind.value})


def _agent() -> None:
    st.header("The agent at ElevenLabs", anchor=False)
    st.write(
        "Compares the agent with its file, as `agent plan` does, and looks for what keeps the room from working, as "
        "`agent check` does. Nothing is changed."
    )
    st.button("Compare now", on_click=_compare, key="compare_agent")
    show_flash(AGENT)
    review: AgentReview | None = st.session_state.get(REVIEW)
    if review is None:
        return
    st.caption(f"As of {day_and_time(review.at)}.")
    for finding in review.findings:
        show = st.error if finding.serious else st.warning
        show(plain(finding.text))
    if not review.findings:
        st.write("The agent is fit for the room.")
    if not review.differences:
        st.write("The agent is as its file has it.")
        return
    st.write("What differs, first as it is there, then as the file has it:")
    lines = [printable(line) for line in review.differences[:MAX_DIFFERENCES]]
    st.code("\n".join(lines), language=None, wrap_lines=True)
    if len(review.differences) > MAX_DIFFERENCES:
        st.caption(f"The first {MAX_DIFFERENCES} of {len(review.differences):,} lines: `agent plan` shows all.")
    st.caption("`python -m coachroom agent apply` brings the agent to what its file says.")


def _compare() -> None:
    services = get_services()

    def keep(review: AgentReview) -> None:
        st.session_state[REVIEW] = review

    st.session_state.pop(REVIEW, None)
    run_action(AGENT, lambda: review_agent(services.settings, services.clock), "Compared.", then=keep)


def _storage() -> None:
    services = get_services()
    st.header("Storage", anchor=False)
    try:
        storage = storage_of(services.settings)
    except CoachroomError as error:
        st.error(plain(str(error)))
        return
    waiting = services.erased_calls.waiting()
    lines = [
        f"The database takes {_megabytes(storage.database)}; {_megabytes(storage.free)} are free on its disk.",
        f"{some(services.store_status.writes_waiting, 'write waits', 'writes wait')} for the next commit.",
        f"{some(waiting, 'call')} of which nothing is kept here still to be deleted at the provider."
        if waiting
        else "The provider has deleted every call of which nothing is kept here.",
    ]
    if storage.uncompacted or storage.deleted:
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
