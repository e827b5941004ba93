"""What PostgreSQL or its library says of a failure, for one sentence of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coachroom.text import cut, on_one_line

if TYPE_CHECKING:
    import psycopg

MAX_CAUSE_CHARS = 200


def first_line_of(error: psycopg.Error) -> str:
    """Its first line, without the values that its details name."""
    return on_one_line((error.diag.message_primary or str(error)).strip().partition("\n")[0])


def cause_of(error: psycopg.Error, password: str) -> str:
    """Why there is no connection, in one line without the password."""
    line = first_line_of(error).rpartition("FATAL: ")[2].strip()
    return cut(line.replace(password, "\N{HORIZONTAL ELLIPSIS}") if password else line, MAX_CAUSE_CHARS)
