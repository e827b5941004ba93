"""The room's third box: who could join the client, who asks to, and who is here."""

from __future__ import annotations

from typing import Any

import streamlit as st

from coachroom.app.current import get_services
from coachroom.live.states import WORDS_OF, Act, Join, JoinAct, JoinStatus
from coachroom.rooms.states import Session
from coachroom.settings import SelfView
from coachroom.ui import components
from coachroom.ui.agent_box import report_token
from coachroom.ui.camera_box import keep_in_browser
from coachroom.ui.tab_state import TabState

KEY = "human_coach_box"


def human_coach_box(session: Session, join: Join | None) -> None:
    """`join`: the visit that is asked for or under way."""
    services = get_services()
    st.header("Human Coach", anchor=False)
    if not services.settings.live_coach:
        st.write("Feature coming soon.")
        st.caption("One day a coach of your community can join you here. Today nobody else is in this room.")
        return
    coach = services.people.coach_of(session.client_id)
    components.human_coach(
        {
            "session_id": session.id,
            "room_url": f"/room/{session.room_id}",
            "token": report_token(session),
            "coach": coach,
            "closed": _closed(session),
            "join": _shown(join) if join else None,
        },
        key=KEY,
    )


def open_join(session: Session, tab: TabState) -> Join | None:
    """The visit that is asked for or under way. Call before the camera's box is drawn.

    Once a coach is let in, the client's picture stays in the browser, which sends the coach the same one: a second
    capture of the camera would take it from the first on some phones.
    """
    services = get_services()
    if not services.settings.live_coach:
        return None
    join = services.joins.open_in(session.id)
    if join is not None and join.status is JoinStatus.ADMITTED and tab.self_view is not SelfView.LOCAL:
        keep_in_browser(tab)
    return join


def _closed(session: Session) -> str | None:
    """Why nobody can ask to join, where the client has a coach: by their own choice."""
    if session.off_record:
        return "off_record"
    return None if get_services().joins.may_ask(session.client_id) else "not_asked"


def _shown(join: Join) -> dict[str, Any]:
    joins = get_services().joins
    return {
        "id": join.id,
        "coach": joins.names(join.id).coach,
        "reason": join.reason,
        "status": join.status.value,
        "past": [_message(act) for act in joins.acts(join.id) if act.act in WORDS_OF],
    }


def _message(act: JoinAct) -> dict[str, Any]:
    # A hint's words are for after the session.
    return {"n": act.n, "kind": WORDS_OF[act.act].kind, "text": "" if act.act is Act.HINT else act.text or ""}
