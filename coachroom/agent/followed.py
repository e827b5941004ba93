"""What the agent did of what it was asked for: how much of its talk asks, and whether it took up what was agreed.

Counted once a session is over, from the words that are kept of it; the counts stay when the words go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from coachroom.agent.session_approach import SQL
from coachroom.recording.vocabulary import QUESTION_MARKS, content_words, language_of
from coachroom.store.store import Store, Transaction

# The agent takes up what was agreed in so many of its first turns, or later than at the opening.
OPENING_TURNS = 3
_QUESTION = re.compile(f"[{QUESTION_MARKS}]")
_ACTION = "Open action: "
_JSON = json.JSONDecoder()


@dataclass(frozen=True)
class Followed:
    """`asking_share`: of the agent's turns, 0 to 1; `checked_back`: None where nothing was open."""

    asking_share: float
    checked_back: bool | None


def followed(said: Sequence[str], open_actions: Sequence[str]) -> Followed | None:
    """`said`: the agent's turns in their order; None where it said nothing."""
    if not said:
        return None
    asking = sum(bool(_QUESTION.search(turn)) for turn in said) / len(said)
    if not open_actions:
        return Followed(asking, None)
    language = language_of(said)
    opening = frozenset[str]().union(*(content_words(turn, language) for turn in said[:OPENING_TURNS]))
    return Followed(asking, any(opening & content_words(title, language) for title in open_actions))


def open_actions_told(long_form: str) -> list[str]:
    """The titles of the open actions in a briefing, those aside that were agreed in the session itself."""
    lines = [line.removeprefix(_ACTION) for line in long_form.split("\n") if line.startswith(_ACTION)]
    return [title for line in lines if "| agreed in this session" not in line for title in _title(line)]


def _title(line: str) -> tuple[str, ...]:
    """Nothing where it is no text of ours: one unreadable line must not keep the facts of other sessions waiting."""
    try:
        return (str(_JSON.raw_decode(line)[0]),)
    except ValueError:
        return ()


def read_followed(store: Store, session_id: str) -> Followed | None:
    """What the agent did in this session; None where nothing is kept that tells."""
    said = [message for (message,) in store.execute(SQL["said_by_agent"], [session_id])]
    told = store.execute(SQL["told"], [session_id])
    return followed(said, open_actions_told(told[0][0])) if said and told else None


def put_followed(transaction: Transaction, session_id: str, found: Followed) -> None:
    """Within the caller's transaction; of a session without an approach nothing is kept."""
    transaction.execute(SQL["put_followed"], [session_id, found.asking_share, found.checked_back])
