"""Text for a terminal: cut to a length, and without what could steer it."""

from __future__ import annotations


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def clean(text: str) -> str:
    """`text` without control and direction characters: they show as a replacement mark."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
