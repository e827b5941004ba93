"""How often the agent was reminded to say less, beside its share of the words."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts.formatting import some
from coachroom.metrics.parameters import Parameters
from coachroom.metrics.reader import MetricsReader
from coachroom.metrics.talk_reminders import TalkReminders
from coachroom.recording.talk_share import LATEST_TURNS, MAX_PERCENT
from coachroom.ui.dashboard.queries import KEPT_SECONDS, Version
from coachroom.ui.dashboard.view import View


def talk_reminders_note(view: View) -> None:
    """A sentence under the metric; none for analysts, since few reminders may be about few people."""
    if not view.suppresses:
        found = _talk_reminders(view.version, view.parameters(), get_services().metrics)
        st.caption(sentence(found))


def sentence(found: TalkReminders) -> str:
    """How often the agent was reminded, and of what."""
    share = f"more than {MAX_PERCENT} % of the words in the last {LATEST_TURNS} turns"
    why = f"to ask more and say less, where {share} were its own"
    if not found.reminders:
        return f"The coach was never reminded {why}."
    return f"The coach was reminded {some(found.reminders, 'time')} in {some(found.sessions, 'session')} {why}."


@st.cache_data(ttl=KEPT_SECONDS, max_entries=50, show_spinner=False)
def _talk_reminders(version: Version, parameters: Parameters, _metrics: MetricsReader) -> TalkReminders:
    del version
    return _metrics.talk_reminders(parameters)
