"""What a person or the agent wrote, made fit to keep: one line or a few, no control characters, not too long."""

from __future__ import annotations

import json
import re

from coachroom.errors import CoachroomError
from coachroom.text import on_one_line

MAX_TITLE_CHARS = 200
MAX_TEXT_CHARS = 2_000
MAX_QUOTE_CHARS = 240
_BRACE_BEFORE_ITS_LIKE = re.compile(r"\{(?=\{)|\}(?=\})")


class InvalidInputError(CoachroomError):
    """What was given cannot be kept; the sentence says what to change."""


def one_line(text: object, what: str, longest: int = MAX_TITLE_CHARS) -> str:
    """The text on one line. `what` names it, as in "The goal". Raises InvalidInputError if empty or too long."""
    if not isinstance(text, str):
        raise InvalidInputError(f"{what} must be text.")
    return _fit(on_one_line(text), what, longest)


def some_lines(text: object, what: str, longest: int = MAX_TEXT_CHARS) -> str | None:
    """The text with its line breaks; None where there is none. Raises InvalidInputError where it is too long."""
    if text is None:
        return None
    kept = _lines(text, what)
    return _fit(kept, what, longest) if kept else None


def required_lines(text: object, what: str, longest: int = MAX_TEXT_CHARS) -> str:
    """The text with its line breaks. Raises InvalidInputError where it is empty or too long."""
    return _fit(_lines(text or "", what), what, longest)


def optional_line(text: object, what: str, longest: int = MAX_TITLE_CHARS) -> str | None:
    """The text on one line; None where there is none. Raises InvalidInputError where it is too long."""
    return one_line(text, what, longest) if text is not None and text != "" else None


def whole_number(value: object, what: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`, as a number or in digits. Raises InvalidInputError."""
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        number = None
    if number is None or number != number // 1 or not low <= number <= high:
        raise InvalidInputError(f"{what} must be a whole number from {low} to {high}.")
    return int(number)


def same_words(one: str, other: str) -> bool:
    """Whether two texts say the same but for case and punctuation."""
    return essence(one) == essence(other)


def essence(text: str) -> str:
    """The words alone, in lower case."""
    return " ".join("".join(sign if sign.isalnum() else " " for sign in text.casefold()).split())


def quoted(text: str, longest: int = MAX_QUOTE_CHARS) -> str:
    """The text as one JSON string: no character in it ends the string."""
    return json.dumps(bare(text, longest), ensure_ascii=False)


def bare(text: str, longest: int) -> str:
    """The text on one line, cut to `longest` characters; braces that would name a variable are set apart."""
    line = _BRACE_BEFORE_ITS_LIKE.sub(r"\g<0> ", on_one_line(text))
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _lines(text: object, what: str) -> str:
    if not isinstance(text, str):
        raise InvalidInputError(f"{what} must be text.")
    lines = [on_one_line(line) for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


def _fit(text: str, what: str, longest: int) -> str:
    if not text:
        raise InvalidInputError(f"{what} is empty: write at least a word.")
    if len(text) > longest:
        raise InvalidInputError(f"{what} is too long: {longest} characters at most.")
    return text
