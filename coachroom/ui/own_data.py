"""A client takes away everything that is kept of them: only who has just signed in, for the browser may be open."""

from __future__ import annotations

import streamlit as st

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.app.downloads import KEPT
from coachroom.app.erasing import end_and_erase
from coachroom.errors import CoachroomError
from coachroom.people.people import Person
from coachroom.people.sign_ins import FRESH
from coachroom.privacy.circumstances import FACTS_OF_ERASED
from coachroom.privacy.client_export import Circumstances
from coachroom.privacy.erasures import COMPACTED_WITHIN
from coachroom.rooms.states import EndReason
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.sign_in import ERASED
from coachroom.ui.visitor import this_sign_in

MINUTES = FRESH.seconds // 60
WHAT_IT_IS = (
    "One ZIP file with everything that is kept of you here: what was said, to read, and every row of the database, "
    "for programs."
)
WHAT_IS_ERASED = (
    "What was said, your goals, what is remembered, your ratings, your membership: all of it is deleted here at "
    "once. The provider of the AI coach is asked to delete its copies until it has. It cannot be taken back. Within "
    f"{COMPACTED_WITHIN.days} days no byte of it is left in the database's file. Copies that an administrator made "
    "before are theirs to remove."
)
OWN_DATA, ERASE, SURE = "own_data", "erase", "erase_sure"
SIGN_IN_AGAIN = (
    f"For this, sign in again: the file is made only within {MINUTES} minutes of a sign-in, so that nobody takes it "
    "who finds your browser open. Sign out in the menu at the top, sign in, and come back to this page."
)


def own_data(person: Person, circumstances: Circumstances) -> None:
    """Offers the file, or says what is missing."""
    services = get_services()
    st.header("Your data", anchor=False)
    st.write(WHAT_IT_IS)
    if not _fresh(services):
        show_flash(OWN_DATA)
        st.write(SIGN_IN_AGAIN)
        return
    if st.button("Prepare the file", key="own_data", icon=":material/download:"):
        _prepare(services, person, circumstances)
    with st.expander("Erase everything", key="erase_everything"):
        st.write(f"{WHAT_IS_ERASED} {FACTS_OF_ERASED[services.settings.erased_facts]}")
        st.text_input(f'Type "{ERASE}" to say that you mean it', key=SURE)
        show_flash(OWN_DATA)
        st.button("Erase everything", key="erase", on_click=_erase, args=(person,))


def _erase(person: Person) -> None:
    sure = str(st.session_state[SURE])
    run_action(OWN_DATA, lambda: erase(person, sure), "", {ERASED: True})


def erase(person: Person, sure: str) -> None:
    """Ends the client's session and erases them; nobody is signed in then. Raises CoachroomError."""
    services = get_services()
    if sure.strip().lower() != ERASE:
        raise CoachroomError(f'Nothing was erased: type "{ERASE}" into the field first.')
    if not _fresh(services):
        raise CoachroomError(SIGN_IN_AGAIN)
    end_and_erase(services, str(person.client_id), actor=person.email, cause=EndReason.CLIENT)


def _fresh(services: Services) -> bool:
    sign_in = this_sign_in()
    return sign_in is not None and services.sign_ins.check(sign_in).fresh(services.clock())


def _prepare(services: Services, person: Person, circumstances: Circumstances) -> None:
    client_id, filename = str(person.client_id), f"coachroom-{services.clock():%Y%m%d}.zip"
    try:
        made = services.downloads.offer(
            person, filename, lambda path: path.write_bytes(services.own_data.export(client_id, circumstances))
        )
        # Before the page shows where the file is.
        services.own_data.note_export(person)
    except CoachroomError as error:
        st.error(str(error))
        return
    (download,) = made
    st.link_button(f"Save {download.filename} ({download.size / 1024:,.0f} KB)", download.url, type="primary")
    st.caption(f"The file is for you alone and waits for {KEPT.seconds // 60} minutes.")
