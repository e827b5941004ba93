"""A coach suggests a next step, or how their own client is coached; the client takes it or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import Client, ensure_coach_of
from coachroom.clock import short_date
from coachroom.coaching.approach import Lead, Opening, Pace, Tone
from coachroom.coaching.hints import Hint, SessionSignals, hints
from coachroom.coaching.proposals import Proposal, ProposalKind, ProposalStatus
from coachroom.coaching.validation import MAX_TITLE_CHARS, optional_line
from coachroom.people.people import Person
from coachroom.ui.create_form import CreateForm
from coachroom.ui.dashboard.client_approach import client_approach
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain

CHOICES: Mapping[tuple[str, str], str] = {
    ("tone", Tone.DIRECT): "a direct tone",
    ("tone", Tone.GENTLE): "a gentle tone",
    ("pace", Pace.SHORT): "short answers",
    ("pace", Pace.EXPLORING): "more room to explore",
    ("opening", Opening.CHECK_BACK): "to begin with what was agreed",
    ("opening", Opening.GOAL): "to begin with the client's goals",
    ("opening", Opening.OPEN): "to begin with whatever the client brings",
    ("lead", Lead.CLIENT): "to leave the course to the client",
    ("lead", Lead.COACH): "to set the course",
}
OUTCOMES = {
    ProposalStatus.OPEN: "waits for the client's word",
    ProposalStatus.APPLIED: "taken",
    ProposalStatus.DECLINED: "not wanted",
    ProposalStatus.UNDONE: "taken, then taken back",
}
SUGGESTIONS, STEP, OWN = "suggestions", "suggested_step", "own_suggestion"
WHY = "Why, in a few words (optional; the client reads it)"
SENT = "Sent. The client finds it on their page."
MAX_WHY_CHARS = 200
MAX_SHOWN = 10


def suggestions(person: Person, client: Client, sessions: pd.DataFrame) -> None:
    """A next step, hints from the numbers, a choice of the coach's own, and what became of earlier ones.

    `sessions`: the client's valid ones, latest first.
    """
    show_flash(SUGGESTIONS)
    if not client.coached_by_viewer:
        # Their forms are not drawn any more.
        show_flash(STEP)
        show_flash(OWN)
    coaching = get_services().coaching
    suggested, profile = coaching.proposals.suggested_by_coaches(client.id), coaching.profiles.get(client.id)
    with st.container(border=True, key="suggestions"):
        if client.coached_by_viewer:
            st.header("Suggest something to the client", anchor=False)
            st.write("The client sees your suggestion with its reason, and takes it or not.")
            _step(person, client)
            st.subheader("How the AI coach works", anchor=False)
            client_approach(client.id, sessions)
            for hint in hints(_heard(sessions), profile.tone, profile.pace, suggested):
                _hint(person, client, hint)
            _own(person, client)
        else:
            st.header("How the AI coach works", anchor=False)
            client_approach(client.id, sessions)
        if suggested:
            st.caption("Suggested so far")
            st.markdown("\n".join(f"- {_line(each)}" for each in suggested[:MAX_SHOWN]))


def send(person: Person, client_id: str, kind: ProposalKind, content: Mapping[str, Any]) -> None:
    """Suggests it to the client. Raises CoachroomError where this person may not, or it cannot be suggested."""
    why = optional_line(str(content.get("why") or "").strip(), "The reason", MAX_WHY_CHARS)
    kept = {name: value for name, value in {**content, "why": why}.items() if value is not None}
    get_services().coaching.proposals.suggest(client_id, person.email, kind, kept, ensure_may=ensure_coach_of)


def _send(person: Person, client_id: str, content: Mapping[str, Any]) -> None:
    run_action(SUGGESTIONS, lambda: send(person, client_id, ProposalKind.TAILORING, content), SENT)


def _send_step(person: Person, client_id: str, form: CreateForm) -> None:
    title, due, why = (form.value(field) for field in ("step_title", "step_due", "step_why"))
    content = {"title": title, "due_on": due.isoformat() if due else None, "why": why}
    form.submit(
        STEP,
        lambda: send(person, client_id, ProposalKind.ACTION, content),
        SENT,
        empty=not (title or "").strip(),
    )


def _send_own(person: Person, client_id: str, form: CreateForm) -> None:
    (field, value), why = form.value("own_choice"), form.value("own_why")
    content = {"field": field, "value": value, "why": why}
    form.submit(OWN, lambda: send(person, client_id, ProposalKind.TAILORING, content), SENT, empty=not why)


def _hint(person: Person, client: Client, hint: Hint) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"hint_{hint.field}_{hint.value}"):
        st.markdown(f"**{CHOICES[hint.field, hint.value].capitalize()}?** {plain(hint.why)}", width="stretch")
        st.button(
            "Suggest this",
            key=f"suggest_{hint.field}_{hint.value}",
            on_click=_send,
            args=(person, client.id, hint.content),
        )


def _step(person: Person, client: Client) -> None:
    form = CreateForm("step")
    with st.form(form.key("suggest_step"), border=False):
        st.text_input("A next step", max_chars=MAX_TITLE_CHARS, key=form.key("step_title"))
        st.text_input(WHY, max_chars=MAX_WHY_CHARS, key=form.key("step_why"))
        st.date_input("By when (optional)", None, key=form.key("step_due"), width=180)
        show_flash(STEP)
        st.form_submit_button("Suggest this step", on_click=_send_step, args=(person, client.id, form))


def _own(person: Person, client: Client) -> None:
    form = CreateForm("suggestion")
    with st.form(form.key("own_suggestion"), border=False):
        st.selectbox(
            "Your own suggestion", list(CHOICES), format_func=CHOICES.__getitem__, key=form.key("own_choice")
        )
        st.text_input(WHY, max_chars=MAX_WHY_CHARS, key=form.key("own_why"))
        show_flash(OWN)
        st.form_submit_button("Suggest", on_click=_send_own, args=(person, client.id, form))


def _heard(sessions: pd.DataFrame) -> list[SessionSignals]:
    return [
        SessionSignals(None if pd.isna(share) else float(share), None if pd.isna(rating) else int(rating))
        for share, rating in zip(sessions["coach_share"], sessions["rating"], strict=True)
    ]


def _line(proposal: Proposal) -> str:
    chosen = (str(proposal.content.get("field")), str(proposal.content.get("value")))
    title = proposal.content.get("title")
    why = proposal.content.get("why")
    reason = f", because “{plain(str(why))}”" if why else ""
    suggested = f"“{plain(str(title))}”" if title else CHOICES.get(chosen, "something else")
    return f"{short_date(proposal.created_at)}: {suggested}{reason}: {OUTCOMES[proposal.status]}"
