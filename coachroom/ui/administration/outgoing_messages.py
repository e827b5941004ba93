"""Mails, reports and notifications that went out, or did not, on the page System."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts.formatting import some
from coachroom.notifications.message import Channel, MessageKind, MessageState
from coachroom.notifications.outbox import ListedMessage
from coachroom.people.people import Person
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, plain

PLACE = "outgoing_messages"
MAX_MESSAGES = 30
MAILS = {
    MessageKind.INVITATION: "invitation",
    MessageKind.OWN_DATA: "their data was prepared for download",
    MessageKind.NEW_DEVICE: "new device",
    MessageKind.MONDAY: "who needs a talk",
    MessageKind.APPOINTMENT: "an appointment",
    MessageKind.APPOINTMENT_REMINDER: "reminder of an appointment",
    MessageKind.COACH_MESSAGE: "a human coach wrote",
    MessageKind.SAFETY_REPORT: "a session was reported as not safe",
    MessageKind.STEP_DUE: "reminder of a due next step",
    MessageKind.COME_BACK: "reminder to come back",
    MessageKind.MISSED: "a missed appointment",
}
NOTIFICATIONS = {
    MessageKind.APPOINTMENT: "an appointment",
    MessageKind.APPOINTMENT_REMINDER: "reminder of an appointment",
    MessageKind.STEP_DUE: "reminder of a due next step",
    MessageKind.COME_BACK: "reminder to come back",
    MessageKind.JOIN_ASKED: "a human coach asks to join",
    MessageKind.COACH_WROTE: "a human coach wrote",
}
STATES = {
    MessageState.WAITING: "waits",
    MessageState.SENT: "sent",
    MessageState.GIVEN_UP: "given up",
    MessageState.DROPPED: "not sent, as nobody needed it any more",
}


def outgoing_messages(person: Person) -> None:
    """The latest, whatever became of them, with another try for those that were given up."""
    st.header("What goes out", anchor=False)
    show_flash(PLACE)
    outbox = get_services().outbox
    messages = outbox.latest(MAX_MESSAGES)
    if not messages:
        set_up = any(map(outbox.can_send, Channel))
        st.write(
            "Nothing so far."
            if set_up
            else "Neither mail, nor reports to another system, nor notifications are set up."
        )
        return
    for number, (_, alike) in enumerate(groupby(messages, key=_as_shown)):
        message, *earlier = alike
        with st.container(horizontal=True, vertical_alignment="center", key=f"message_{number}"):
            st.markdown(plain(_fate(message, len(earlier))), width="stretch")
            if message.may_be_tried_again:
                st.button("Try again", key=f"again_{message.key}", on_click=_try_again, args=(person, message))
    st.caption(f"The latest {MAX_MESSAGES}. What they said is deleted once they are sent.")


def _as_shown(message: ListedMessage) -> ListedMessage | tuple[object, ...]:
    """What tells a message's line from the next; what can be tried again has a line of its own."""
    if message.may_be_tried_again:
        return message
    return (message.channel, message.kind, message.recipient, message.state, message.tries, message.error)


def _fate(message: ListedMessage, earlier: int) -> str:
    """What became of a message and those before it, such as "Report session.finished of 1 May 2026, 12:00: sent"."""
    what = _what(message)
    to = f" to {message.recipient}" if message.recipient else ""
    tries = f" after {some(message.tries, 'try', 'tries')}" if message.tries > 1 or message.error else ""
    why = f". {message.error}" if message.error else ""
    more = f" and {some(earlier, 'more', 'more')} before it" if earlier else ""
    return f"{what}{to} of {day_and_time(message.created_at)}{more}: {STATES[message.state]}{tries}{why}"


def _what(message: ListedMessage) -> str:
    match message.channel:
        case Channel.MAIL:
            return f"Mail ({MAILS[message.kind]})"
        case Channel.PUSH:
            return f"Notification ({NOTIFICATIONS[message.kind]})"
        case Channel.HOOK:
            return f"Report {message.kind}"


def _try_again(person: Person, message: ListedMessage) -> None:
    run_action(PLACE, lambda: try_again(person, message), "It is on its way again.")


def try_again(person: Person, message: ListedMessage) -> None:
    """What was given up waits again. Raises CoachroomError."""
    services = get_services()
    services.outbox.try_again(message.key)
    subject = message.recipient or "another system"
    services.audit.add(person.email, "message.again", subject, {"kind": message.kind.value})
