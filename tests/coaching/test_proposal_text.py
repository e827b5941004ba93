"""Every kind of proposal in words, with what may be missing from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from coachroom.coaching.proposal_text import describe
from coachroom.coaching.proposals import Proposal, ProposalKind, ProposalSource, ProposalStatus

TITLES = {"g": "Speak up", "a": "Ask Tom"}


def proposal(kind: ProposalKind, **content: Any) -> Proposal:
    now = datetime(2026, 5, 1)
    return Proposal("1", "ana", None, ProposalSource.TOOL, kind, content, (), ProposalStatus.OPEN, None, now)


@pytest.mark.parametrize(
    ("kind", "content", "line", "reason"),
    [
        (ProposalKind.GOAL, {"title": "Sleep"}, "Goal: Sleep", ""),
        (ProposalKind.ACTION, {"title": "Walk"}, "Next step: Walk", ""),
        (
            ProposalKind.ACTION, {"title": "Walk", "due_at": "2026-05-08T23:59:59Z"},
            "Next step: Walk, by 8 May 2026", "",
        ),
        (ProposalKind.ACTION, {"title": "Walk", "due_at": "soon"}, "Next step: Walk", ""),
        (
            ProposalKind.PROGRESS, {"goal_id": "g", "about": "An older title", "score": 1, "note": "Twice"},
            "Progress: Speak up, now at +1, a little more than hoped", "Twice",
        ),
        (
            ProposalKind.PROGRESS, {"goal_id": "x", "about": "Run", "score": -2, "note": None},
            "Progress: Run, now at −2, much less than hoped", "",
        ),
        (ProposalKind.PROGRESS, {"goal_id": "x", "score": "![a](b)"}, "Progress: a title that is gone", ""),
        (ProposalKind.ACTION_DONE, {"action_id": "a", "done": True}, "Done: Ask Tom", ""),
        (ProposalKind.ACTION_DONE, {"action_id": "a", "done": False, "why": "Rain"}, "Dropped: Ask Tom", "Rain"),
        (ProposalKind.MEMORY, {"text": "I have a dog"}, "Remembered: You have a dog.", ""),
        (
            ProposalKind.TAILORING, {"field": "tone", "value": "gentle", "why": "A hard week"},
            "Your human coach suggests: the coach is gentle with you", "A hard week",
        ),
        (
            ProposalKind.TAILORING, {"field": "tone", "value": "loud"},
            "Your human coach suggests: the coach changes how it works with you", "",
        ),
    ],
)  # fmt: skip
def test_a_proposal_in_words(kind: ProposalKind, content: dict[str, Any], line: str, reason: str) -> None:
    text = describe(proposal(kind, **content), TITLES)
    assert (str(text), text.reason) == (line, reason)


@pytest.mark.parametrize("kind", ProposalKind)
def test_a_proposal_without_content_has_words(kind: ProposalKind) -> None:
    assert describe(proposal(kind)).label
