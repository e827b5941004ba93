"""An administrator erases a client: what would go is counted first, and the name is typed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.app.erasing import end_and_erase
from coachroom.errors import CoachroomError
from coachroom.people.member import Member
from coachroom.people.people import Person
from coachroom.privacy.client_export import PURPOSES
from coachroom.rooms.states import EndReason
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain
from coachroom.ui.tables import table_height

ERASED = "client_erased"
WHAT_HAPPENS = (
    "Their sessions, what was said, goals, memories, ratings and the membership are deleted here at once; the "
    "provider of the AI coach is asked to delete its copies until it has. It cannot be taken back. An import "
    "from Skool does not bring them back by itself."
)


def erase_client(person: Person, member: Member, client_id: str | None) -> None:
    """The way to erase a client. One who was never here is only a line of the roster, which is erased alike."""
    with st.expander("Erase everything of this client", icon=":material/delete_forever:", key="erase_client"):
        st.write(WHAT_HAPPENS)
        show_flash(ERASED)
        if client_id is None and member.status != "active":
            st.write("They were never here. Bring them back, and what the roster holds of them can be erased.")
            return
        shown = f"erase_counts_{member.email}"
        st.button("Count what would be erased", key="count_erased", on_click=_show, args=(shown,))
        if st.session_state.get(shown):
            if client_id is None:
                st.write("They were never here: only their line of the roster goes.")
            else:
                _counts(member, client_id)
            st.text_input("Type the name of the client to say that you mean it", key="erase_name")
            st.button("Erase them", key="erase_them", on_click=_erase, args=(person, member))


def _show(key: str) -> None:
    st.session_state[key] = True


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


def _erase(person: Person, member: Member) -> None:
    typed = str(st.session_state["erase_name"])
    run_action(
        ERASED,
        lambda: erase(person, member, typed),
        lambda rows: f"{member.display_name} is erased: {rows:,} rows.",
        once=f"erase_{member.email}",
        then=lambda _: st.query_params.clear(),
    )


def erase(person: Person, member: Member, typed: str) -> int:
    """Ends the client's session and erases them; how many rows there were. Raises CoachroomError."""
    if typed.split() != member.display_name.split():
        raise CoachroomError(f"Nothing was erased: type the name as it stands here, {member.display_name}.")
    services, client_id = get_services(), client_id_of(member)
    counts = end_and_erase(
        services, client_id, emails=(member.email,), actor=person.email, cause=EndReason.ADMINISTRATOR
    )
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
