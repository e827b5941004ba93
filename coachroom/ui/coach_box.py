"""The "AI Coach" box: everything the widget needs to know, as the component's data."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from coachroom.agent import briefing, widget
from coachroom.clock import to_iso
from coachroom.people.people import Person
from coachroom.rooms.states import Session, SessionStatus
from coachroom.services import PRACTICE_PATH, Services, services
from coachroom.ui import components
from coachroom.ui.seat import Seat

AVATAR = "/_stcore/bidi-components/coachroom.coach_box/coach.svg"


def coach_box(person: Person, session: Session, seat: Seat) -> None:
    """The coach of this session. Its data stays the same over reruns, so that the call is not disturbed."""
    house = services()
    variables = briefing.dynamic_variables(person.name, house.rooms.count_sessions_of(session.client_id))
    practice = house.practice is not None
    components.coach_box(
        {
            "instance": session.id,
            "room_url": f"/room/{session.room_id}",
            "token": _token(house, session),
            "attributes": widget.attributes(
                agent_id=house.settings.agent_id,
                user_id=session.client_id,
                variables=variables,
                avatar_url=AVATAR,
                api_url=house.settings.elevenlabs_url,
            ),
            "ws_origin": PRACTICE_PATH if practice else None,
            "access": house.signs_addresses,
            "autostart": seat.fresh,
            "text_only": not seat.microphone,
            "microphone_id": seat.microphone_id,
            "context": briefing.taken_up_again(house.intake.turns(session.id)),
            "ends_at": _iso(_ends_at(house, session)),
            "warn_seconds": house.settings.wrap_up_seconds,
            "warn_text": briefing.wrap_up(house.settings.wrap_up_seconds),
            "practice": practice,
        },
        key="coach_box",
    )


def _ends_at(house: Services, session: Session) -> datetime | None:
    return session.start_time + house.rooms.limits.session if session.status is SessionStatus.ACTIVE else None


def _iso(moment: datetime | None) -> str | None:
    return to_iso(moment) if moment else None


def _token(house: Services, session: Session) -> str:
    """One token a session and tab: a new one each run would only make the component run for nothing."""
    tokens: dict[str, str] = st.session_state.setdefault("report_tokens", {})
    return tokens.setdefault(session.id, house.passes.report(session.id))
