"""An administrator erases a client: what would go is counted first, and the name is typed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.app.erasing import end_and_erase
from coachroom.errors import CoachroomError
from coachroom.people.member import Member
from coachroom.people.people import Person, Role
from coachroom.privacy.circumstances import FACTS_OF_ERASED
from coachroom.privacy.client_export import PURPOSES
from coachroom.rooms.states import EndReason
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain
from coachroom.ui.tables import table_height

ERASED, COUNTINGS = "client_erased", "erase_countings"
WHAT_HAPPENS = (
    "Their sessions, what was said, goals, memories, ratings and the membership are deleted here at once; the "
    "provider of the AI coach is asked to delete its copies until it has. It cannot be taken back. An import "
    "from Skool does not bring them back by itself."
)


def erase_client(person: Person, member: Member, client_id: str | None) -> None:
    """The way to erase a client. One who was never here is only a line of the roster, which is erased alike."""
    with st.expander("Erase everything of this client", icon=":material/delete_forever:", key="erase_client"):
        st.write(f"{WHAT_HAPPENS} {FACTS_OF_ERASED[get_services().settings.erased_facts]}")
        show_flash(ERASED)
        if client_id is None and member.status != "active":
            st.write("They were never here. Bring them back, and what the roster holds of them can be erased.")
            return
        shown = f"erase_counts_{member.email}"
        st.button("Count what would be erased", key="count_erased", on_click=_show, args=(shown,))
        if counting := st.session_state.get(shown):
            # The address may be a new client's later on; who was never here has no id, so each counting has a number.
            once = f"erase_{member.email}_{client_id}_{counting}"
            if client_id is None:
                st.write("They were never here: only their line of the roster goes.")
            else:
                _counts(member, client_id)
            st.text_input("Type the name of the client to say that you mean it", key="erase_name")
            st.button("Erase them", key="erase_them", on_click=_erase, args=(person, member, shown, once))


def _show(key: str) -> None:
    st.session_state[key] = st.session_state[COUNTINGS] = int(st.session_state.get(COUNTINGS, 0)) + 1


def _counts(member: Member, client_id: str) -> None:
    counts = get_services().own_data.count(client_id)
    rows = [(count, PURPOSES[table]) for table, count in counts.items()]
    frame = pd.DataFrame(rows, columns=["rows", "what they hold (“you” is the client)"])
    st.dataframe(
        frame,
        column_config={"rows": st.column_config.NumberColumn(width="small")},
        hide_index=True,
        width="stretch",
        height=table_height(len(rows)),
        alt="What would be erased, counted.",
    )
    st.caption(f"{plain(member.display_name)}: {sum(counts.values()):,} rows in all.")


def _erase(person: Person, member: Member, shown: str, once: str) -> None:
    typed = str(st.session_state["erase_name"])
    run_action(
        ERASED,
        lambda: erase(person, member.email, typed),
        lambda rows: f"{member.display_name} is erased: {rows:,} rows.",
        {shown: None},
        once=once,
        then=lambda _: st.query_params.clear(),
    )


def erase(person: Person, email: str, typed: str) -> int:
    """Ends the client's session and erases them; how many rows there were.

    Raises CoachroomError, where the member is no client any more too.
    """
    services = get_services()
    member = services.members.all().get(email)
    if member is None or member.role != Role.CLIENT:
        raise CoachroomError(f"Nothing was erased: {email} is no client any more.")
    if typed.split() != member.display_name.split():
        raise CoachroomError(f"Nothing was erased: type the name as it stands here, {member.display_name}.")
    client_id = client_id_of(member)
    counts = end_and_erase(services, client_id, actor=person.email, cause=EndReason.ADMINISTRATOR)
    return sum(counts.values())


def client_id_of(member: Member) -> str:
    """The client's id; one who was never here gets it now, as their first visit would give it to them.

    Raises CoachroomError where there is no such client any more.
    """
    services = get_services()
    found = services.people.find(member.email)
    if found is not None and found.client_id is not None:
        return found.client_id
    client_id = services.people.client_id_of(member.email)
    if client_id is None:
        raise CoachroomError("There is no such client any more.")
    return client_id
