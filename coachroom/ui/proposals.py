"""Proposals on the client's pages: those to answer, and those that were noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from coachroom.app.current import get_services
from coachroom.clock import short_date
from coachroom.coaching.days import day_written
from coachroom.coaching.memory import MAX_MEMORY_CHARS
from coachroom.coaching.proposal_text import ProposalText, describe, due_day
from coachroom.coaching.proposals import Proposal, ProposalKind, ProposalSource
from coachroom.coaching.validation import MAX_TITLE_CHARS
from coachroom.coaching.wording import for_client
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain
from coachroom.ui.own_days import own_today
from coachroom.ui.stays import stay, staying

DAY_LIKE = "Such as: Friday, or 4 December"
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
    answered: Mapping[str, Proposal] = staying(WAITS)
    listed = {proposal.id: proposal for proposal in (*proposals, *answered.values())}
    titles = titles_of(client_id) if listed else {}
    for proposal in sorted(listed.values(), key=lambda each: (each.created_at, each.id)):
        with st.container(border=True, key=f"waits_{proposal.id}"):
            _question(client_id, proposal, titles, answered=proposal.id in answered)


def show_noted(client_id: str, applied: Sequence[Proposal]) -> None:
    """Shows what was noted and is valid, each with an undo; what was undone just now stays, struck out."""
    show_flash(NOTED)
    undone: Mapping[str, Proposal] = staying(NOTED)
    standing = {proposal.id: proposal for proposal in applied}
    titles = titles_of(client_id) if undone or standing else {}
    for proposal in sorted({**undone, **standing}.values(), key=lambda each: (each.created_at, each.id)):
        gone = proposal.id not in standing
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"noted_{proposal.id}"):
            words = in_markdown(describe(proposal, titles))
            st.markdown(f"~~{words}~~" if gone else words, width="stretch")
            st.button(
                "Undone" if gone else "Undo",
                key=f"undo_{proposal.id}",
                on_click=_undo,
                args=(client_id, proposal.id, applied),
                type="tertiary",
                disabled=gone,
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


def _question(client_id: str, proposal: Proposal, titles: Mapping[str, str], *, answered: bool) -> None:
    """A proposal that waits, or that was answered on this very page and keeps its place."""
    key = proposal.id
    if proposal.kind in WORDED:
        longest = WORDED[proposal.kind][1]
        if proposal.source is ProposalSource.COACH:
            why = proposal.content.get("why")
            st.markdown(f"**Your human coach suggests**{f' ({_quoted(str(why))})' if why else ''}")
        st.text_input(
            ASKS[proposal.kind],
            value=_worded(proposal)[:longest],
            max_chars=longest,
            key=f"words_{key}",
            disabled=answered,
        )
        if proposal.kind is ProposalKind.ACTION:
            due = due_day(proposal.content)
            st.text_input(
                "By when (optional)",
                value=short_date(due) if due else "",
                key=f"due_{key}",
                placeholder=DAY_LIKE,
                width=320,
                disabled=answered,
            )
    elif proposal.kind is ProposalKind.TAILORING:
        st.markdown(in_markdown(describe(proposal, titles)))
    else:
        st.markdown(f"{in_markdown(describe(proposal, titles))}.  \n{ASKS[proposal.kind]}")
    with st.container(horizontal=True):
        st.button(
            "Yes", type="primary", key=f"yes_{key}", disabled=answered, on_click=_accept, args=(client_id, proposal)
        )
        st.button("No", key=f"no_{key}", disabled=answered, on_click=_decline, args=(client_id, proposal))


def _worded(proposal: Proposal) -> str:
    """What may be put in other words, as the client reads it."""
    words = str(proposal.content.get(WORDED[proposal.kind][0], ""))
    return for_client(words) if proposal.kind is ProposalKind.MEMORY else words


def _accept(client_id: str, proposal: Proposal) -> None:
    services, changes = get_services(), dict[str, Any]()
    if proposal.kind in WORDED and st.session_state[f"words_{proposal.id}"] != _worded(proposal):
        changes[WORDED[proposal.kind][0]] = st.session_state[f"words_{proposal.id}"]
    written, today = st.session_state.get(f"due_{proposal.id}"), own_today(client_id)

    def accept() -> None:
        if proposal.kind is ProposalKind.ACTION:
            due = day_written(written or "", today)
            # Notes from before days were kept hold a moment.
            changes.update(due_on=due.isoformat() if due else None, due_at=None)
        services.coaching.proposals.accept(client_id, proposal.id, changes)

    run_action(
        WAITS, accept, "Done.", once=f"answered_{proposal.id}", then=lambda _: stay(WAITS, {proposal.id: proposal})
    )


def _decline(client_id: str, proposal: Proposal) -> None:
    decline = get_services().coaching.proposals.decline
    run_action(
        WAITS,
        lambda: decline(client_id, proposal.id),
        "All right, it is gone.",
        once=f"answered_{proposal.id}",
        then=lambda _: stay(WAITS, {proposal.id: proposal}),
    )


def _undo(client_id: str, proposal_id: str, applied: Sequence[Proposal]) -> None:
    # What rests on it is gone with it, and keeps its place like it.
    stays = {proposal.id: proposal for proposal in applied}
    undo = get_services().coaching.proposals.undo
    run_action(NOTED, lambda: undo(client_id, proposal_id), "Taken back.", then=lambda _: stay(NOTED, stays))


def _quoted(words: str) -> str:
    return f"“{plain(words)}”"
