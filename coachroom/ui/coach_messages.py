"""Messages from a human coach to a client: on the client's Home, and where the coach writes them."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import Client
from coachroom.caseload.coach_messages import MAX_WORDS_CHARS, CoachMessage
from coachroom.people.people import Person
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, plain
from coachroom.ui.mail import mail_goes_out

INBOX = "coach_inbox"
WRITTEN = "written_to_client"
MAX_SHOWN = 10
BY_MAIL = "A mail tells them that you wrote, without your words, unless they want no such mails."
SENT = "Sent. The client finds it on their Home."


def messages_for_me(client_id: str) -> None:
    """What the client has not read yet, and the way to what they have; nothing where nobody wrote."""
    messages = get_services().coach_messages
    show_flash(INBOX)
    for message in messages.waiting(client_id):
        with st.container(border=True, gap="xsmall", key=f"message_{message.id}"):
            _show(message)
            st.button("I have read it", key=f"read_{message.id}", on_click=_read, args=(message.id, client_id))
    read = [message for message in messages.to_client(client_id, most=MAX_SHOWN) if message.read_at is not None]
    if read:
        with st.expander("Earlier messages from your human coach", key="earlier_messages"):
            for message in read:
                _show(message)


def write_to(person: Person, client: Client) -> None:
    """The form, where the coach may write, and what this coach wrote lately. For the client's own coach."""
    if not client.coached_by_viewer:
        show_flash(WRITTEN)
    written = get_services().coach_messages.to_client(client.id, most=MAX_SHOWN, sender=person)
    if not written and not client.coached_by_viewer:
        return
    with st.container(border=True, key="coach_messages"):
        if client.coached_by_viewer:
            _form(person, client)
        else:
            st.header(f"What you wrote to {plain(client.name)}", anchor=False)
        for message in written:
            st.text(message.words)
            read = f", read on {day_and_time(message.read_at)}" if message.read_at else ", not read yet"
            st.caption(f"Sent on {day_and_time(message.sent_at)}{read}")


def _form(person: Person, client: Client) -> None:
    form = CreateForm("coach_message")
    st.header(f"Write to {plain(client.name)}", anchor=False)
    by_mail = f" {BY_MAIL}" if mail_goes_out() else ""
    st.write(f"They read it on their Home, here in the app. The AI coach does not.{by_mail}")
    with st.form(form.key("write_message"), border=False):
        st.text_area("Message", max_chars=MAX_WORDS_CHARS, key=form.key("message_words"), height=120)
        show_flash(WRITTEN)
        st.form_submit_button("Send", on_click=_send, args=(person, client.id, form))


def _show(message: CoachMessage) -> None:
    st.caption(f"{plain(message.sender)}, {day_and_time(message.sent_at)}")
    st.text(message.words)


def _read(id: str, client_id: str) -> None:
    run_action(INBOX, lambda: get_services().coach_messages.mark_read(id, client_id), "All right.")


def _send(person: Person, client_id: str, form: CreateForm) -> None:
    words = str(form.value("message_words") or "")
    send = get_services().coach_messages.send
    form.submit(WRITTEN, lambda: send(client_id, person, words), SENT, empty=not words.strip())
