"""A proposal in words: for the agent, for the client who follows the call, and for the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from coachroom.clock import from_iso, short_date
from coachroom.coaching.approach import ApproachField, Lead, Opening, Pace, Tone, Value, value_of
from coachroom.coaching.goals import LEVELS
from coachroom.coaching.proposals import Proposal, ProposalKind
from coachroom.coaching.score_text import score_meaning, signed_score
from coachroom.coaching.wording import for_client

TAILORING: Mapping[Value, str] = {
    Tone.DIRECT: "speaks plainly with you",
    Tone.GENTLE: "is gentle with you",
    Pace.SHORT: "keeps its answers short",
    Pace.EXPLORING: "leaves you more room to explore",
    Opening.CHECK_BACK: "begins with what you agreed on",
    Opening.GOAL: "begins with your goals",
    Opening.OPEN: "begins with whatever you bring",
    Lead.CLIENT: "leaves the course to you",
    Lead.COACH: "sets the course",
}


@dataclass(frozen=True)
class ProposalText:
    """`label` and `detail` are the app's words, `subject` and `reason` somebody's. All but `label` may be empty."""

    label: str
    subject: str = ""
    detail: str = ""
    reason: str = ""

    def __str__(self) -> str:
        """One line without the reason, such as "Next step: Ask Tom, by 8 May 2026"."""
        return f"{self.label}: {self.subject}{self.detail}"


def describe(proposal: Proposal, titles: Mapping[str, str] | None = None) -> ProposalText:
    """The proposal in words. `titles`: goals' and actions' present titles by id, which go before the noted ones."""
    content = {name: value for name, value in proposal.content.items() if value is not None}
    about_id = str(content.get("goal_id") or content.get("action_id"))
    about = (titles or {}).get(about_id) or str(content.get("about") or "a title that is gone")
    match proposal.kind:
        case ProposalKind.GOAL:
            levels = ", with what its levels mean to you" if content.get("levels") else ""
            return ProposalText("Goal", str(content.get("title", "")), levels)
        case ProposalKind.PROGRESS:
            return ProposalText("Progress", about, _score(content.get("score")), str(content.get("note", "")))
        case ProposalKind.ACTION:
            due = due_day(content)
            by = f", by {short_date(due)}" if due else ""
            return ProposalText("Next step", str(content.get("title", "")), by, str(content.get("why", "")))
        case ProposalKind.ACTION_DONE:
            label = "Done" if content.get("done") else "Dropped"
            return ProposalText(label, about, reason=str(content.get("why", "")))
        case ProposalKind.MEMORY:
            return ProposalText("Remembered", for_client(str(content.get("text", ""))))
        case ProposalKind.TAILORING:
            way = _way(content)
            return ProposalText("Your human coach suggests", "", f"the coach {way}", str(content.get("why", "")))


def _way(content: Mapping[str, Any]) -> str:
    try:
        value = value_of(ApproachField(str(content.get("field"))), content.get("value"))
    except ValueError:
        value = None
    return TAILORING[value] if value is not None else "changes how it works with you"


def due_day(content: Mapping[str, Any]) -> date | None:
    """The day that a next step is due; None where none can be read."""
    moment = content.get("due_on") or content.get("due_at")
    try:
        return from_iso(str(moment)).date() if moment else None
    except ValueError:
        return None


def _score(score: object) -> str:
    """Such as ", now at +1, a little more than hoped"; nothing for what is no score."""
    try:
        level = int(str(score))
    except ValueError:
        return ""
    return f", now at {signed_score(level)}, {score_meaning(level)}" if level in LEVELS else ""
