"""Cleans text that a database refuses."""

from __future__ import annotations


def storable(text: object) -> str:
    """The text with NUL and lone surrogates replaced. Raises TypeError unless it is a string."""
    if not isinstance(text, str):
        raise TypeError("text")
    return _without_lone_surrogates(text).replace("\x00", "\ufffd")


def printable(text: str) -> str:
    """Storable text with each control character replaced by a space."""
    return "".join(sign if sign.isprintable() else " " for sign in _without_lone_surrogates(text))


def _without_lone_surrogates(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
