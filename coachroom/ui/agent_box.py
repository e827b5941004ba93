"""The "AI Coach" box: everything the widget needs to know, as the component's data (AgentBoxData in the assets)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import streamlit as st

from coachroom.agent import context_updates
from coachroom.agent.tool_specs import tools_of
from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.app.simulator_wiring import PRACTICE_PATH
from coachroom.clock import to_iso
from coachroom.elevenlabs import widget
from coachroom.languages import language_called
from coachroom.rooms.states import Sender, Session
from coachroom.ui import components
from coachroom.ui.tab_state import TabState
from coachroom.ui.transcript import MAX_SHOWN_CHARS
from coachroom.ui.visitor import this_sign_in

KEY = "agent_box"
MAX_SAID_BEFORE = 200
AVATAR = "/_stcore/bidi-components/coachroom.agent_box/agent.svg"


def agent_box(session: Session, tab: TabState) -> None:
    """The agent of this session. Its data stays the same over reruns, so that the call is not disturbed."""
    services = get_services()
    practice = services.practice is not None
    further = _language(services, session)
    components.agent_box(
        {
            "session_id": session.id,
            "room_url": f"/room/{session.room_id}",
            "session_url": f"/Session?session={session.id}",
            "token": report_token(session),
            "attributes": widget.attributes(
                agent_id=services.settings.agent_id,
                user_id=session.client_id,
                avatar_url=AVATAR,
                api_url=services.settings.elevenlabs_url,
            ),
            "ws_origin": PRACTICE_PATH if practice else None,
            "needs_signed_url": services.signs_addresses,
            "autostart": tab.fresh,
            "text_only": not tab.microphone,
            "muted": tab.muted,
            "chose_typing": tab.chose_typing,
            "hold_to_talk": bool(tab.hold_to_talk),
            "may_ask_text_only": services.agent_file.overrides.text_only,
            "language": further,
            "spoken_language": further or services.agent_file.language,
            "microphone_id": tab.microphone_id,
            "said_before": _said_before(services, tab),
            "tools": [spec.tool.value for spec in tools_of(appointments=services.settings.appointments)],
            "notes": [asdict(note) for note in services.tools.notes(session.id)],
            "stages": [stage.value for stage in services.coaching.stages_of(session.id)],
            "ends_at": _iso(services.rooms.ends_at(session)),
            "off_record": session.off_record,
            "paused_until": _iso(services.rooms.paused_until(session)),
            "warn_seconds": services.settings.wrap_up_seconds,
            "warn_text": context_updates.WRAP_UP,
            "practice": practice,
        },
        key=KEY,
    )


def _said_before(services: Services, tab: TabState) -> list[dict[str, str]]:
    """What was said before this tab entered, for the page to show again; the same over reruns."""
    if tab.said_before is None:
        turns = services.intake.turns(tab.session_id)[-MAX_SAID_BEFORE:]
        tab.said_before = [
            {"sender": turn.sender, "text": turn.message[:MAX_SHOWN_CHARS]}
            for turn in turns
            if turn.message and turn.sender in (Sender.CLIENT, Sender.AGENT)
        ]
    return tab.said_before


def _iso(moment: datetime | None) -> str | None:
    return to_iso(moment) if moment else None


def _language(services: Services, session: Session) -> str | None:
    """The language that the call must ask for: what the client chose, where it is not the agent's own."""
    chosen = language_called(services.coaching.profiles.call_choices(session.client_id).language)
    return None if chosen is None else services.agent_file.override_for(chosen.code)


def report_token(session: Session) -> str:
    """One token a session, tab and sign-in: a new one each run would only make the component run for nothing."""
    tokens: dict[tuple[str, str], str] = st.session_state.setdefault("report_tokens", {})
    sign_in = str(this_sign_in())
    return tokens.setdefault((session.id, sign_in), get_services().tokens.issue_report(session.id, sign_in))
