"""Proposals on the client's pages: those to answer, and those that were noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from coachroom.app.current import get_services
from coachroom.clock import to_iso
from coachroom.coaching.actions import end_of
from coachroom.coaching.memory import MAX_MEMORY_CHARS
from coachroom.coaching.proposal_text import ProposalText, describe, due_day
from coachroom.coaching.proposals import Proposal, ProposalKind
from coachroom.coaching.validation import MAX_TITLE_CHARS
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain

WAITS = "waits"
NOTED = "noted"
ASKS = {
    ProposalKind.GOAL: "Is this a goal of yours?",
    ProposalKind.PROGRESS: "Is this where you stand?",
    ProposalKind.ACTION: "Is this something you will do?",
    ProposalKind.ACTION_DONE: "Is this so?",
    ProposalKind.MEMORY: "May the coach remember this?",
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
    titles = titles_of(client_id)
    for proposal in proposals:
        with st.container(border=True, key=f"waits_{proposal.id}"):
            _question(client_id, proposal, titles)


def show_noted(client_id: str, applied: Sequence[Proposal]) -> None:
    """Shows what was noted and is valid, each with an undo."""
    show_flash(NOTED)
    titles = titles_of(client_id)
    for proposal in applied:
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"noted_{proposal.id}"):
            st.markdown(in_markdown(describe(proposal, titles)), width="stretch")
            st.button(
                "Undo", key=f"undo_{proposal.id}", on_click=_undo, args=(client_id, proposal.id), type="tertiary"
            )


def titles_of(client_id: str) -> Mapping[str, str]:
    """The titles of the client's goals and actions, by id."""
    coaching = get_services().coaching
    goals = {goal.id: goal.title for goal in coaching.goals.list_for(client_id)}
    return goals | {action.id: action.title for action in coaching.actions.list_for(client_id)}


def in_markdown(text: ProposalText) -> str:
    """One line of Markdown in which whatever somebody said is plain text."""
    subject = _quoted(text.subject) if text.subject else ""
    reason = f" ({_quoted(text.reason)})" if text.reason else ""
    return f"**{text.label}:** {subject}{text.detail}{reason}"


def _question(client_id: str, proposal: Proposal, titles: Mapping[str, str]) -> None:
    key = proposal.id
    if proposal.kind in WORDED:
        field, longest = WORDED[proposal.kind]
        st.text_input(
            ASKS[proposal.kind],
            value=str(proposal.content.get(field, ""))[:longest],
            max_chars=longest,
            key=f"words_{key}",
        )
        if proposal.kind is ProposalKind.ACTION:
            st.date_input(
                "By when (optional)", value=due_day(proposal.content.get("due_at")), key=f"due_{key}", width=220
            )
    elif proposal.kind is ProposalKind.TAILORING:
        st.markdown(in_markdown(describe(proposal, titles)))
    else:
        st.markdown(f"{in_markdown(describe(proposal, titles))}.  \n{ASKS[proposal.kind]}")
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


def _quoted(words: str) -> str:
    return f"“{plain(words)}”"
