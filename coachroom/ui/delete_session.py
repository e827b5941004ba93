"""A client deletes one of their sessions: what goes and what stays, then the button."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.people.people import Person
from coachroom.privacy.circumstances import FACTS_OF_ERASED
from coachroom.privacy.erasures import COMPACTED_WITHIN
from coachroom.rooms.states import Session
from coachroom.ui.flash import run_action, show_flash

DELETION = "delete_session"
# Set once a session was deleted from its page, which then is no page any more.
DELETED = "session_deleted"
NOTES_TOO = "delete_notes_too"
WHAT_GOES = (
    "Deleted are what was said, its title and summary, your ratings, what the coach was told before, what waits for "
    "your word, and what the coach remembers from this session alone. The service behind the AI coach is asked to "
    "delete its copy until it has. What the coach remembers in your own words stays, and so do your goals and next "
    "steps, unless you choose otherwise. It cannot be taken back. "
    f"Within {COMPACTED_WITHIN.days} days no byte of it is left in the database's file."
)


def delete_session(session: Session, person: Person) -> None:
    """Offers it at the end of the session's page."""
    services = get_services()
    show_flash(DELETION)
    with st.expander("Delete this session", key="delete_this_session"):
        st.write(f"{WHAT_GOES} {FACTS_OF_ERASED[services.settings.erased_facts]}")
        st.checkbox("Delete the goals and next steps that came from it, too", key=NOTES_TOO)
        sure = st.checkbox("I want to delete this session", key="delete_session_sure")
        st.button(
            "Delete this session",
            key="delete_session",
            disabled=not sure,
            on_click=_delete,
            args=(session, person.email),
        )


def _delete(session: Session, actor: str) -> None:
    deletion, notes_too = get_services().session_deletion, bool(st.session_state.get(NOTES_TOO))
    run_action(DELETION, lambda: deletion.delete(session, actor, notes_too=notes_too), "Deleted.", {DELETED: True})


def say_deleted() -> bool:
    """In place of the page of a session that was just deleted: says so once; whether there was one."""
    if not st.session_state.pop(DELETED, False):
        return False
    st.title("This session is deleted", anchor=False)
    show_flash(DELETION)
    st.write("It is in none of your lists any more.")
    st.page_link("pages/Start.py", label="Go to your home page")
    return True
