"""The tools the agent may use during a call: what each is for and takes.

The app answers them (`agent.tools`), the agent's configuration declares them, the practice agent uses them: all three
read this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Tool(StrEnum):
    SAVE_GOAL = "save_goal"
    LOG_PROGRESS = "log_progress"
    ADD_ACTION = "add_action"
    REMEMBER = "remember"
    RECALL = "recall"
    MARK_STAGE = "mark_stage"
    WRAP_UP = "wrap_up"
    BOOK_NEXT = "book_next"


@dataclass(frozen=True)
class Parameter:
    """One argument. `type` is JSON Schema's; `choices` are all values it may have, where that is so."""

    name: str
    type: Literal["string", "integer", "boolean"]
    description: str
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class ToolSpec:
    tool: Tool
    description: str
    parameters: tuple[Parameter, ...]


# The goal's levels, as the agent names them, by their scores.
LEVEL_PARAMETERS: Mapping[str, int] = {
    "much_less_than_hoped": -2,
    "less_than_hoped": -1,
    "as_hoped": 0,
    "more_than_hoped": 1,
    "much_more_than_hoped": 2,
}

TOOLS: tuple[ToolSpec, ...] = (
    ToolSpec(
        Tool.SAVE_GOAL,
        "Use when the client has named a goal in their own words and agreed that it is one to work on.",
        (
            Parameter("title", "string", "The goal in the client's own words, one short line.", required=True),
            Parameter("importance", "integer", "How much it matters to the client: 1 some, 2 much, 3 very much."),
            Parameter("difficulty", "integer", "How hard the client thinks it is: 1 easy, 2 fair, 3 hard."),
            *(
                Parameter(name, "string", f"How it looks {name.replace('_', ' ')}, where the client said so.")
                for name in LEVEL_PARAMETERS
            ),
        ),
    ),
    ToolSpec(
        Tool.LOG_PROGRESS,
        "Use when the client says where they stand with a goal, or whether they did an action.",
        (
            Parameter("about", "string", "The title of the goal or action, as in the briefing.", required=True),
            Parameter("score", "integer", "For a goal: -2 much less than hoped, 0 as hoped, 2 much more than hoped."),
            Parameter("done", "boolean", "For an action: whether it was done; false when the client drops it."),
            Parameter("note", "string", "What the client said about it, in one short line."),
        ),
    ),
    ToolSpec(
        Tool.ADD_ACTION,
        "Use when the client has decided to do something before the next session.",
        (
            Parameter(
                "title", "string", "What the client will do, in their own words, one short line.", required=True
            ),
            Parameter("due_date", "string", "The day they named, as YYYY-MM-DD; leave out where they named none."),
            Parameter("goal", "string", "The title of the goal it serves, as in the briefing."),
        ),
    ),
    ToolSpec(
        Tool.REMEMBER,
        "Use when the client states something that will matter in later sessions. Never for guesses, other people's "
        "secrets, or what the client asked not to keep.",
        (
            Parameter(
                "text", "string", "The fact in one short, whole sentence, as the client said it.", required=True
            ),
            Parameter("kind", "string", "What it is.", choices=("fact", "preference", "challenge")),
        ),
    ),
    ToolSpec(
        Tool.RECALL,
        "Use when the client speaks of something from earlier sessions that the briefing does not tell: it looks up "
        "what they said about it. Wait for its answer before you speak of it.",
        (Parameter("about", "string", "What to look for, in the client's own words, a few of them.", required=True),),
    ),
    ToolSpec(
        Tool.MARK_STAGE,
        "Use when the conversation moves on to another stage of the session.",
        (
            Parameter(
                "stage",
                "string",
                "goal: what they want; reality: where they are; options: what they could do; will: their next step.",
                required=True,
                choices=("goal", "reality", "options", "will"),
            ),
        ),
    ),
    ToolSpec(
        Tool.WRAP_UP,
        "Use once near the end of the session, before you say goodbye.",
        (
            Parameter(
                "summary",
                "string",
                "Three to six whole sentences on what the client said and decided; nothing they did not say.",
                required=True,
            ),
        ),
    ),
)

# Where there are appointments.
BOOK_NEXT = ToolSpec(
    Tool.BOOK_NEXT,
    "Use when the client wants to agree on a time for their next session. Without a time it gives you three that are "
    "free; with the one that the client has said yes to it books that. Never book what they have not said yes to.",
    (
        Parameter("time", "string", "The time that the client said yes to, exactly as this tool gave it to you."),
        Parameter(
            "day", "string", "The day on or after which they want to come, as YYYY-MM-DD, where they named one."
        ),
        Parameter(
            "with_whom",
            "string",
            "Whom they want to meet; leave it out for you, the AI coach.",
            choices=("ai_coach", "human_coach", "both"),
        ),
    ),
)


def tools_of(*, appointments: bool) -> tuple[ToolSpec, ...]:
    """The tools of an agent in a community with or without appointments."""
    return (*TOOLS, BOOK_NEXT) if appointments else TOOLS
