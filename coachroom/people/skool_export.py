"""Reads a Skool member export (CSV) into people and rejected rows; touches nothing else."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from coachroom.clock import from_iso
from coachroom.errors import ImportFileError

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_EMAIL_CHARS = 254

_EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]+@[^\s@<>\"'(),:;\[\]\\.]+(\.[^\s@<>\"'(),:;\[\]\\.]+)+")
_QUESTION = re.compile(r"(question|answer)([1-9][0-9]?)")
# Invited by, price, interval and lifetime value are read past: the app has no use for them.
_COLUMNS = {
    "email": ("email", "emailaddress", "memberemail", "mail"),
    "first_name": ("firstname", "first", "givenname"),
    "last_name": ("lastname", "last", "surname", "familyname"),
    "name": ("name", "fullname", "displayname", "membername"),
    "joined_at": ("joineddate", "joindate", "datejoined", "joined", "joinedat"),
    "member_id": ("memberid", "skoolid", "skoolmemberid", "skooluserid", "userid", "id"),
    "tier": ("tier", "membershiptier"),
}
_FIELD_OF = {heading: field for field, headings in _COLUMNS.items() for heading in headings}


@dataclass(frozen=True)
class ExportRow:
    """One accepted row of an export; what the row leaves empty is None. `answers` is a JSON object's text."""

    email: str
    display_name: str | None
    member_id: str | None = None
    tier: str | None = None
    joined_at: datetime | None = None
    answers: str | None = None


@dataclass(frozen=True)
class RejectedRow:
    """One row that was not taken. `line` counts from 1 with the heading; `email` is what was readable of it."""

    line: int
    reason: str
    email: str | None = None


@dataclass(frozen=True)
class Export:
    rows: tuple[ExportRow, ...]
    rejected: tuple[RejectedRow, ...]


def read_export(data: bytes) -> Export:
    """The rows of a Skool member export (CSV). Raises ImportFileError where the file as a whole cannot be taken."""
    records = _records(_text(data))
    heading = next(records, None)
    if heading is None:
        raise ImportFileError("The member export is empty: export the members again on Skool.")
    columns = _columns(heading[1])
    rows: list[ExportRow] = []
    rejected: list[RejectedRow] = []
    seen: dict[str, int] = {}
    for line, fields in records:
        row = _row(line, fields, columns, len(heading[1]))
        if isinstance(row, ExportRow) and row.email in seen:
            row = RejectedRow(line, f"the e-mail stands in line {seen[row.email]} already", row.email)
        if isinstance(row, RejectedRow):
            rejected.append(row)
        else:
            seen[row.email] = line
            rows.append(row)
    return Export(tuple(rows), tuple(rejected))


def clean_email(text: str) -> str | None:
    """The e-mail trimmed and in lower case; None if it cannot be one."""
    email = text.strip().lower()
    plausible = len(email) <= MAX_EMAIL_CHARS and email.isprintable() and _EMAIL.fullmatch(email)
    return email if plausible else None


def _text(data: bytes) -> str:
    if len(data) > MAX_FILE_BYTES:
        raise ImportFileError(
            f"The export is larger than {MAX_FILE_BYTES // 1024**2} MB: is it the CSV from Skool's member page?"
        )
    if b"\0" not in data:
        # Spreadsheets on Windows still save CSV as cp1252.
        for encoding in ("utf-8-sig", "cp1252"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise ImportFileError("The member export is not text: save it as CSV (UTF-8) and import that.")


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The file's records that are not blank, each with the line it begins in."""
    # The csv module refuses fields beyond 128 kB by default; the file's own limit is the one that matters here.
    csv.field_size_limit(MAX_FILE_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # What follows an unclosed quote cannot be told apart: taking the rest could remove people by mistake.
            raise ImportFileError(
                f"The member export cannot be read at line {line} ({error}): export the members again on Skool."
            ) from None
        if any(field.strip() for field in fields):
            yield line, fields


def _delimiter(text: str) -> str:
    heading = next((line for line in text.splitlines() if line.strip()), "")
    return max((",", ";", "\t"), key=heading.count)


def _columns(heading: Sequence[str]) -> dict[str, int]:
    """The place of every known column by field; questions and answers as question1, answer1, …"""
    columns: dict[str, int] = {}
    for place, title in enumerate(heading):
        plain = re.sub(r"[\W_]+", "", title).casefold()
        field = plain if _QUESTION.fullmatch(plain) else _FIELD_OF.get(plain)
        if field is None:
            continue
        if field == "email" and field in columns:
            raise ImportFileError("The member export has two e-mail columns: keep one and import it again.")
        columns.setdefault(field, place)
    if "email" not in columns:
        raise ImportFileError(
            "The member export has no e-mail column: its first line must hold the headings, one of them Email."
        )
    return columns


def _row(line: int, fields: Sequence[str], columns: Mapping[str, int], width: int) -> ExportRow | RejectedRow:
    def value(field: str) -> str:
        place = columns.get(field, len(fields))
        return fields[place].strip() if place < len(fields) else ""

    raw_email = value("email")
    email = clean_email(raw_email)
    if any(field.strip() for field in fields[width:]):
        return RejectedRow(line, f"it has {len(fields)} fields, the heading has {width}", email)
    if not raw_email:
        return RejectedRow(line, "the e-mail is missing")
    if email is None:
        return RejectedRow(line, f"{shown(raw_email)} is not an e-mail address")
    try:
        joined_at = from_iso(value("joined_at")) if value("joined_at") else None
    except ValueError:
        return RejectedRow(line, f"{shown(value('joined_at'))} is not a date like 2026-04-27 10:30:00", email)
    name = " ".join(part for part in (value("first_name"), value("last_name")) if part) or value("name")
    return ExportRow(
        email=email,
        display_name=name or None,
        member_id=value("member_id") or None,
        tier=value("tier") or None,
        joined_at=joined_at,
        answers=_answers({field: value(field) for field in columns}),
    )


def _answers(values: Mapping[str, str]) -> str | None:
    """The membership questions' answers as a JSON object {question: answer}; None without any."""
    numbers = sorted(int(match[2]) for match in map(_QUESTION.fullmatch, values) if match and match[1] == "answer")
    answers: dict[str, str] = {}
    for number in numbers:
        answer = values[f"answer{number}"]
        question = values.get(f"question{number}") or f"Question {number}"
        if answer:
            answers[question if question not in answers else f"{question} ({number})"] = answer
    return json.dumps(answers, ensure_ascii=False) if answers else None


def shown(text: str) -> str:
    """`text` in quotes for a message: cut to a line's length, with what does not print escaped."""
    return repr(text if len(text) <= 60 else text[:60] + "…")
