"""How the practice coach makes a goal measurable: the wish for it, and the outcomes in an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping

QUESTION = (
    "What is the best that could come of it, and what the least? "
    'Say it like this: "best: …; least: …", or say no to leave it open.'
)
_WISH = re.compile(
    r"(^|[\s,.;!:]+)((please|and|can you|could you|will you|would you|help me( to)?|to|let us|let's) )*"
    r"make (it|this|that|my goal|a goal) measurable( please)?[\s.!?]*$",
    re.IGNORECASE,
)
_LEAST = re.compile(r"[\s,.;]*\b(and )?((the|at) )?least\b( is| would be)?[\s:,]*", re.IGNORECASE)
_BEST = re.compile(r"^\W*((the|at) )?best\b( is| would be)?[\s:,]*", re.IGNORECASE)


def without_wish(said: str) -> str | None:
    """What was said beside the wish to make a goal measurable; None without that wish."""
    wish = _WISH.search(said)
    return said[: wish.start()] if wish else None


def outcomes(said: str) -> Mapping[str, str]:
    """The outcomes in an answer to the question, by their names in the tool; those that are named and no others."""
    best, *least = _LEAST.split(said, maxsplit=1)[:: _LEAST.groups + 1]
    named = {
        "much_more_than_hoped": _BEST.sub("", best) if _BEST.match(best) or least else "",
        "much_less_than_hoped": "".join(least),
    }
    words = {name: text.strip(" .!;,") for name, text in named.items()}
    return {name: text for name, text in words.items() if text}
