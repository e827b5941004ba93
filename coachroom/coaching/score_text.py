"""A goal's score in words."""

from __future__ import annotations

MINUS = "\u2212"


def signed_score(score: int) -> str:
    """Such as "+1", "0" or "\u22122"."""
    return f"{score:+d}".replace("-", MINUS) if score else "0"
