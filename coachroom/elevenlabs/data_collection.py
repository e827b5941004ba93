"""What the provider extracts from a finished conversation, as the agent's configuration declares it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Collected(StrEnum):
    """The ids of the data the provider collects."""

    FACTS = "client_facts"
    CHALLENGES = "client_challenges"
    ACTIONS = "actions"
    PROGRESS = "goal_progress"
    CONFIDENCE_BEFORE = "confidence_before"
    CONFIDENCE_AFTER = "confidence_after"


@dataclass(frozen=True)
class CollectedItem:
    id: Collected
    type: Literal["string", "integer"]
    description: str


@dataclass(frozen=True)
class Criterion:
    """A question that the provider answers with success, failure or unknown."""

    id: str
    name: str
    prompt: str


COLLECTED: tuple[CollectedItem, ...] = (
    CollectedItem(
        Collected.FACTS,
        "string",
        "Facts about themselves that the client stated and that will matter in later sessions. One short sentence a "
        "line, as the client said it. Nothing the agent said, no guesses. Empty if there are none.",
    ),
    CollectedItem(
        Collected.CHALLENGES,
        "string",
        "What the client said is hard for them, one short sentence a line. Empty if nothing.",
    ),
    CollectedItem(
        Collected.ACTIONS,
        "string",
        "What the client said they will do, in their words, one action a line; where they named a day, add a bar and "
        "the day, like: call the bank | 2026-05-04. Empty if nothing.",
    ),
    CollectedItem(
        Collected.PROGRESS,
        "string",
        "For each goal of the briefing that the client spoke about, one line: the goal's title, a bar, and where "
        "they stand from -2 (much less than hoped) over 0 (as hoped) to 2 (much more than hoped). Empty if none.",
    ),
    CollectedItem(
        Collected.CONFIDENCE_BEFORE,
        "integer",
        "How sure the client said they were, from 0 to 10, when the session began; leave out if they did not say.",
    ),
    CollectedItem(
        Collected.CONFIDENCE_AFTER,
        "integer",
        "How sure the client said they were, from 0 to 10, at the end of the session; leave out if they did not say.",
    ),
)

CRITERION = Criterion(
    id="next_step",
    name="The client found a next step",
    prompt="Success if the client named, in their own words, something they will do next. Failure if they wanted one "
    "and found none. Unknown if the conversation was too short to tell.",
)
