"""Whom a coach should look at first, each with the reason and what one could do; and what clients wrote to them."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import TALK_NEEDS, Caseload, Client
from coachroom.caseload.reasons import reason, what_to_do
from coachroom.clock import short_date
from coachroom.people.people import Person
from coachroom.ui.dashboard import drifting
from coachroom.ui.formatting import plain

MAX_PEOPLE = 7
ASK_AFTER_THEM = "Ask how they are, and what would help them come back."


@dataclass(frozen=True)
class _ToSee:
    """One client to look at: who, why, and what one could do."""

    client_id: str
    name: str
    why: str
    what: str


def people_to_see(load: Caseload, left_alone: Set[str]) -> int:
    """At most seven, ranked: a talk is due, drifting away, quiet, not begun. Returns how many more there are.

    `left_alone`: clients whom the coach has in hand already.
    """
    needy: dict[str, _ToSee] = {}
    for each in _ranked(load):
        needy.setdefault(each.client_id, each)
    ranked = {client: each for client, each in needy.items() if client not in left_alone}
    shown = list(ranked.values())[:MAX_PEOPLE]
    if not needy:
        st.write("Nobody in particular: no low rating, no failed session, and nobody went quiet.")
        return 0
    if in_hand := len(needy) - len(ranked):
        st.caption(f"{in_hand} left out: you were in touch in the last 7 days, or will be reminded.")
    with st.container(gap="small", key="people_to_see"):
        for each in shown:
            with st.container(gap=None):
                label = f"**{plain(each.name)}** {each.why}"
                st.page_link("pages/Clients.py", label=label, query_params={"client": each.client_id})
                st.caption(each.what)
    return len(ranked) - len(shown)


def why_to_see(load: Caseload, client: Client) -> None:
    """Says of one client what the home page says of them; nothing where they need nobody."""
    rows = load.rows[(load.rows["client_id"] == client.id) & load.rows["need"].notna()]
    for row in rows.to_dict("records"):
        each = _with_need(row)
        st.markdown(f"**{plain(each.name)}** {each.why}.")
        st.caption(each.what)


def comments_for(person: Person, client: Client | None = None) -> None:
    """What clients wrote for this person to read; nothing where nobody did."""
    services = get_services()
    found = services.caseload.comments(person, services.clock(), client=client)
    if found.empty:
        return
    st.header("What they wrote to you" if client is None else "Written for you to read", anchor=False)
    for row in found.itertuples():
        with st.container(border=True, gap="xsmall"):
            st.text(row.comment)
            who = f"{plain(row.client)}, " if client is None else ""
            stars = "" if pd.isna(row.rating) else f", {row.rating:.0f} of 5 stars"
            st.caption(f"{who}after the session of {short_date(row.start_time)}{stars}")


def _ranked(load: Caseload) -> Iterator[_ToSee]:
    """All who need somebody; who has several reasons comes several times, most urgent first."""
    yield from (_with_need(row) for row in load.to_talk_with.to_dict("records"))
    for client, name, outlook in drifting.who_drifts(
        load.rows, drifting.outlooks_of(load.rows["client_id"], load.as_of)
    ):
        why = f"is drifting away: {drifting.in_short(outlook)}"
        yield _ToSee(client, name, why, f"{ASK_AFTER_THEM} {drifting.rests_on(outlook)}")
    needy = load.rows[load.rows["need"].notna()].to_dict("records")
    yield from (_with_need(row) for row in needy if row["need"] not in TALK_NEEDS)


def _with_need(row: dict[str, object]) -> _ToSee:
    return _ToSee(str(row["client_id"]), str(row["client"]), reason(row), what_to_do(row))
