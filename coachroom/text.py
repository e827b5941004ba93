"""Cleans text that a database refuses, cuts text that is too long, and folds what is looked for."""

from __future__ import annotations

import unicodedata

# Letters that other keyboards lack and that are no letter with an accent.
_OTHER_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


def storable(text: object) -> str:
    """The text with NUL and lone surrogates replaced. Raises TypeError unless it is a string."""
    if not isinstance(text, str):
        raise TypeError("text")
    return _without_lone_surrogates(text).replace("\x00", "\ufffd")


CUT_MARK = "[…]"


def cut(text: str, max_chars: int) -> str:
    """The text; a longer one as its beginning with CUT_MARK behind it, `max_chars` in all."""
    return text if len(text) <= max_chars else text[: max_chars - len(CUT_MARK)] + CUT_MARK


def printable(text: str) -> str:
    """Storable text with each control character replaced by a space."""
    return "".join(sign if sign.isprintable() else " " for sign in _without_lone_surrogates(text))


def on_one_line(text: str) -> str:
    """Printable text with single blanks, none at its ends."""
    return " ".join(printable(text).split())


def without_accents(text: str) -> str:
    """The text with each letter's accents taken off."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def folded(text: str) -> str:
    """The text as somebody types it who looks for it: in small letters, without accents."""
    return text.lower() if text.isascii() else without_accents(text.casefold()).translate(_OTHER_LETTERS)


def _without_lone_surrogates(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
