"""Proposals from sessions, in words for the client: those that wait for an answer, and those that were noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts.formatting import day
from coachroom.charts.goal import standing
from coachroom.clock import from_iso, to_iso
from coachroom.coaching.actions import end_of
from coachroom.coaching.memory import MAX_MEMORY_CHARS
from coachroom.coaching.profiles import Pace, Tone
from coachroom.coaching.proposals import Proposal, ProposalKind
from coachroom.coaching.score_text import signed_score
from coachroom.coaching.validation import MAX_TITLE_CHARS
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain

WAITS = "waits"
NOTED = "noted"
WISHES: Mapping[str, str] = {
    Tone.DIRECT: "speaks plainly with you",
    Tone.GENTLE: "is gentle with you",
    Pace.SHORT: "keeps its answers short",
    Pace.EXPLORING: "leaves you more room to explore",
}
ASKS = {
    ProposalKind.GOAL: "Is this a goal of yours?",
    ProposalKind.PROGRESS: "Is this where you stand?",
    ProposalKind.ACTION: "Is this something you will do?",
    ProposalKind.ACTION_DONE: "Is this so?",
    ProposalKind.MEMORY: "May the coach remember this?",
    ProposalKind.TAILORING: "Your human coach suggests",
}
# What can be put in other words before it is kept: the part of the note, its longest.
WORDED = {
    ProposalKind.GOAL: ("title", MAX_TITLE_CHARS),
    ProposalKind.ACTION: ("title", MAX_TITLE_CHARS),
    ProposalKind.MEMORY: ("text", MAX_MEMORY_CHARS),
}


def show_open_proposals(client_id: str, proposals: Sequence[Proposal]) -> None:
    """Each with its question, the words to change, and two answers."""
    show_flash(WAITS)
    names = names_of(client_id)
    for proposal in proposals:
        with st.container(border=True, key=f"waits_{proposal.id}"):
            _question(client_id, proposal, names)


def show_noted(client_id: str, applied: Sequence[Proposal]) -> None:
    """Shows what was noted and is valid, each with an undo."""
    show_flash(NOTED)
    names = names_of(client_id)
    for proposal in applied:
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"noted_{proposal.id}"):
            st.markdown(in_words(proposal, names), width="stretch")
            st.button(
                "Undo", key=f"undo_{proposal.id}", on_click=_undo, args=(client_id, proposal.id), type="tertiary"
            )


def names_of(client_id: str) -> Mapping[str, str]:
    """The titles of the client's goals and actions, by id."""
    coaching = get_services().coaching
    goals = {goal.id: goal.title for goal in coaching.goals.list_for(client_id)}
    return goals | {action.id: action.title for action in coaching.actions.list_for(client_id)}


def in_words(proposal: Proposal, names: Mapping[str, str]) -> str:
    """One line of Markdown in which whatever somebody said is plain text."""
    content = proposal.content
    about = names.get(str(content.get("goal_id") or content.get("action_id"))) or content.get("about")
    name = _quoted(about) if about else "something that is gone"
    match proposal.kind:
        case ProposalKind.GOAL:
            return f"**Goal:** {_quoted(content.get('title'))}"
        case ProposalKind.PROGRESS:
            return f"**Where you stand** with {name}: {_score(content.get('score'))}{_more(content.get('note'))}"
        case ProposalKind.ACTION:
            due = due_day(content.get("due_at"))
            return f"**To do:** {_quoted(content.get('title'))}{f', by {day(due)}' if due else ''}"
        case ProposalKind.ACTION_DONE:
            return f"**{'Done' if content.get('done') else 'Dropped'}:** {name}{_more(content.get('why'))}"
        case ProposalKind.MEMORY:
            return f"**Remembered:** {_quoted(content.get('text'))}"
    wish = WISHES.get(str(content.get("value")), "changes how it works with you")
    return f"that the coach {wish}.{_more(content.get('why'))}"


def due_day(moment: object) -> date | None:
    """The day that a note names as ISO 8601."""
    try:
        return from_iso(str(moment)).date() if moment else None
    except ValueError:
        return None


def _question(client_id: str, proposal: Proposal, names: Mapping[str, str]) -> None:
    asks, key = ASKS[proposal.kind], proposal.id
    if proposal.kind in WORDED:
        field, longest = WORDED[proposal.kind]
        st.text_input(
            asks, value=str(proposal.content.get(field, ""))[:longest], max_chars=longest, key=f"words_{key}"
        )
        if proposal.kind is ProposalKind.ACTION:
            st.date_input(
                "By when (optional)", value=due_day(proposal.content.get("due_at")), key=f"due_{key}", width=220
            )
    elif proposal.kind is ProposalKind.TAILORING:
        st.markdown(f"{asks} {in_words(proposal, names)}")
    else:
        st.markdown(f"{in_words(proposal, names)}.  \n{asks}")
    with st.container(horizontal=True):
        st.button("Yes", type="primary", key=f"yes_{key}", on_click=_accept, args=(client_id, proposal))
        st.button("No", key=f"no_{key}", on_click=_decline, args=(client_id, proposal.id))


def _accept(client_id: str, proposal: Proposal) -> None:
    changes: dict[str, Any] = {}
    if proposal.kind in WORDED:
        changes[WORDED[proposal.kind][0]] = st.session_state[f"words_{proposal.id}"]
    if proposal.kind is ProposalKind.ACTION:
        due = st.session_state[f"due_{proposal.id}"]
        changes["due_at"] = to_iso(end_of(due)) if due else None
    run_action(WAITS, lambda: get_services().coaching.proposals.accept(client_id, proposal.id, changes), "Done.")


def _decline(client_id: str, proposal_id: str) -> None:
    run_action(
        WAITS, lambda: get_services().coaching.proposals.decline(client_id, proposal_id), "All right, it is gone."
    )


def _undo(client_id: str, proposal_id: str) -> None:
    run_action(NOTED, lambda: get_services().coaching.proposals.undo(client_id, proposal_id), "Taken back.")


def _score(score: object) -> str:
    """Such as "+1, a little more than hoped"; whatever else was noted is shown unchanged."""
    text = str(score)
    if text.lstrip("+-").isdecimal() and -2 <= int(text) <= 2:
        return f"{signed_score(int(text))}, {standing(int(text), {})}"
    return plain(text)


def _more(words: object) -> str:
    return f" ({_quoted(words)})" if words else ""


def _quoted(words: object) -> str:
    return f"“{plain(str(words or ''))}”"
