"""A goal's score in words."""

from __future__ import annotations

from collections.abc import Mapping

MINUS = "\u2212"
MEANINGS: Mapping[int, str] = {
    -2: "much less than hoped",
    -1: "a little less than hoped",
    0: "as hoped",
    1: "a little more than hoped",
    2: "much more than hoped",
}


def signed_score(score: int) -> str:
    """Such as "+1", "0" or "\u22122"."""
    return f"{score:+d}".replace("-", MINUS) if score else "0"


def score_meaning(score: int, levels: Mapping[int, str] | None = None) -> str:
    """What a score means: the client's words for that level, or ours."""
    return (levels or {}).get(score) or MEANINGS[score]
