"""Reads a Skool member export (CSV), as Skool or a spreadsheet wrote it, into people and rejected rows. Pure."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from coachroom.errors import ImportFileError
from coachroom.people.export_dates import DateReader, date_reader
from coachroom.text import cut, on_one_line, storable, without_accents

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_EMAIL_CHARS = 254
# No community asks for so much; a page could not show it, and a file of columns would take hours to read.
MAX_COLUMNS = 200
MAX_NAME_CHARS = 200
MAX_ANSWER_CHARS = 10_000

# Of a list of recipients, and of a spreadsheet that must not take a text for a number.
_AROUND_EMAIL = re.compile(r'[^<>]*<([^<>]*)>|="([^"]*)"')
# Of an Excel workbook, new and old.
_WORKBOOK_BEGINS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]+@[^\s@<>\"'(),:;\[\]\\.]+(\.[^\s@<>\"'(),:;\[\]\\.]+)+")
_QUESTION = re.compile(r"(question|answer)([1-9][0-9]?)")
# Headings as Skool and common translations of them write them, without case, accents and punctuation.
_COLUMNS = {
    "email": (
        *("email", "emailaddress", "memberemail", "mail", "emailadresse", "mailadresse", "correo"),
        *("correoelectronico", "adresseemail", "adressemail", "courriel", "indirizzoemail", "enderecodeemail"),
    ),
    "first_name": ("firstname", "first", "givenname", "vorname", "nombre", "prenom", "nome", "voornaam"),
    "last_name": (
        *("lastname", "last", "surname", "familyname", "nachname", "familienname", "apellido", "apellidos"),
        *("nom", "nomdefamille", "cognome", "sobrenome", "apelido", "achternaam"),
    ),
    "name": ("name", "fullname", "displayname", "membername", "nombrecompleto", "nomcomplet", "nomecompleto"),
    "joined_at": (
        # As Zapier calls it, then as exports do.
        *("subscriptiondate", "joineddate", "joindate", "datejoined", "joined", "joinedat"),
        *("beitrittsdatum", "beigetretenam"),
        *("fechadeingreso", "fechadealta", "fechadeunion", "datedadhesion", "datedinscription", "datadiiscrizione"),
        *("datadeentrada", "lidsinds"),
    ),
    "member_id": (
        *("memberid", "skoolid", "skoolmemberid", "skooluserid", "userid", "id", "mitgliedsid", "mitgliedid"),
        *("iddemiembro", "iddemembre", "idmembre", "idmembro", "iddomembro"),
    ),
    "tier": ("tier", "membershiptier", "stufe", "nivel", "niveau", "livello"),
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
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class RejectedRow:
    """One row that was not taken. `line` counts from 1 with the heading; `email` is what was readable of it."""

    line: int
    reason: str
    email: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """What was not read of a row that was taken."""

    line: int
    reason: str


@dataclass(frozen=True)
class Export:
    """`passed_over`: the headings of columns that the app has no use for."""

    rows: tuple[ExportRow, ...]
    rejected: tuple[RejectedRow, ...]
    left_out: tuple[LeftOut, ...] = ()
    passed_over: tuple[str, ...] = ()


def read_export(data: bytes) -> Export:
    """The rows of a Skool member export (CSV). Raises ImportFileError where the file as a whole cannot be taken."""
    records = csv_records(data)
    heading = next(records, None)
    if heading is None:
        raise ImportFileError("The member export is empty: export the members again on Skool.")
    if len(heading[1]) > MAX_COLUMNS:
        raise ImportFileError(
            f"The member export has {len(heading[1]):,} columns, more than {MAX_COLUMNS}: is it the CSV from Skool's "
            "member page?"
        )
    columns = _columns(heading[1])
    body = list(records)
    dates = date_reader([_value(fields, columns.places, "joined_at") for _, fields in body])
    rows: list[ExportRow] = []
    rejected: list[RejectedRow] = []
    left_out: list[LeftOut] = []
    seen: dict[str, int] = {}
    for line, fields in body:
        row = _row(line, fields, columns, dates)
        if isinstance(row, ExportRow) and row.email in seen:
            row = RejectedRow(line, f"the e-mail stands in line {seen[row.email]} already", row.email)
        if isinstance(row, RejectedRow):
            rejected.append(row)
            continue
        seen[row.email] = line
        rows.append(row)
        joined = _value(fields, columns.places, "joined_at")
        if joined and row.joined_at is None:
            left_out.append(LeftOut(line, _unread_date(joined)))
    return Export(tuple(rows), tuple(rejected), tuple(left_out), columns.passed_over)


def read_record(fields: Mapping[str, str]) -> ExportRow | RejectedRow:
    """One member, whose fields are named as the columns of an export are. Raises ImportFileError as `read_export`."""
    columns = _columns(list(fields))
    values = list(fields.values())
    return _row(1, values, columns, date_reader([_value(values, columns.places, "joined_at")]))


def csv_records(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV, as Skool or a spreadsheet wrote it, that are not blank, each with the line it begins in.

    Raises ImportFileError where it cannot be read.
    """
    records = _records(_text(data))
    first = next(records, None)
    # Excel's own first line names the delimiter.
    if first is not None and not (len(first[1]) <= 2 and first[1][0].startswith("sep=")):
        yield first
    yield from records


def clean_email(text: str) -> str | None:
    """The e-mail in lower case, without what programs put around it when it is copied; None if it cannot be one."""
    invisible = "".join({char for char in text if unicodedata.category(char) == "Cf" or char.isspace()})
    visible = text.strip(invisible)
    if around := _AROUND_EMAIL.fullmatch(visible):
        visible = around[1] or around[2] or ""
    email = visible.strip(invisible).lower()
    if email.startswith("mailto:"):
        email = email.removeprefix("mailto:").partition("?")[0].strip(invisible)
    email = email.lstrip("'")
    plausible = len(email) <= MAX_EMAIL_CHARS and email.isprintable() and _EMAIL.fullmatch(email)
    return email if plausible else None


def _text(data: bytes) -> str:
    if len(data) > MAX_FILE_BYTES:
        raise ImportFileError(
            f"The export is larger than {MAX_FILE_BYTES // 1024**2} MB: is it the CSV from Skool's member page?"
        )
    if data.startswith(_WORKBOOK_BEGINS):
        raise ImportFileError("The member export is an Excel workbook: open it and save it as CSV (UTF-8).")
    for encoding in _encodings(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ImportFileError("The member export is not text: save it as CSV (UTF-8) and import that.")


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # Excel's "Unicode text".
        return ("utf-16",)
    # Spreadsheets on Windows still save CSV as cp1252.
    return () if b"\0" in data else ("utf-8-sig", "cp1252")


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
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("sep="))
    heading = next(lines, "")
    return max((",", ";", "\t"), key=heading.count)


@dataclass(frozen=True)
class _Columns:
    """Where in a row each field stands; questions and answers are question1, answer1, … `width` counts all."""

    places: Mapping[str, int]
    questions: Mapping[str, int]
    passed_over: tuple[str, ...]
    width: int


def _columns(heading: Sequence[str]) -> _Columns:
    places: dict[str, int] = {}
    questions: dict[str, int] = {}
    passed_over: list[str] = []
    for place, title in enumerate(heading):
        plain = plain_heading(title)
        field = plain if _QUESTION.fullmatch(plain) else _FIELD_OF.get(plain)
        if field == "email" and field in places:
            raise ImportFileError("The member export has two e-mail columns: keep one and import it again.")
        if field is not None and field not in places:
            places[field] = place
        elif "?" in title and title.strip() not in questions:
            questions[title.strip()] = place
        elif plain:
            passed_over.append(title.strip())
    if "email" not in places:
        raise ImportFileError(
            "The member export has no e-mail column: its first line must hold the headings, one of them Email."
        )
    return _Columns(places, questions, tuple(passed_over), len(heading))


def plain_heading(title: str) -> str:
    """A heading without case, accents, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", without_accents(title)).casefold()


def _value(fields: Sequence[str], places: Mapping[str, int], field: str) -> str:
    place = places.get(field, len(fields))
    return storable(fields[place]).strip() if place < len(fields) else ""


def _row(line: int, fields: Sequence[str], columns: _Columns, dates: DateReader) -> ExportRow | RejectedRow:
    values = {field: _value(fields, columns.places, field) for field in (*_COLUMNS, *columns.places)}
    email = clean_email(values["email"])
    if any(field.strip() for field in fields[columns.width :]):
        return RejectedRow(line, f"it has {len(fields)} fields, the heading has {columns.width}", email)
    if not values["email"]:
        return RejectedRow(line, "the e-mail is missing")
    if email is None:
        return RejectedRow(line, f"{shown(values['email'])} is not an e-mail address")
    name = " ".join(part for part in (values["first_name"], values["last_name"]) if part) or values["name"]
    member_id = values["member_id"]
    if len(member_id) > MAX_NAME_CHARS:
        return RejectedRow(line, f"its member ID is longer than {MAX_NAME_CHARS} characters", email)
    asked = {question: _value(fields, columns.questions, question) for question in columns.questions}
    return ExportRow(
        email=email,
        display_name=cut(name, MAX_NAME_CHARS) if on_one_line(name) else None,
        member_id=member_id or None,
        tier=cut(values["tier"], MAX_NAME_CHARS) or None,
        joined_at=dates.read(values["joined_at"]) if values["joined_at"] else None,
        answers=_answers(values, asked),
        line=line,
    )


def _unread_date(text: str) -> str:
    return (
        f"{shown(text)} is not a date, or does not tell day from month: write 2026-04-27; the join date is left out"
    )


def _answers(values: Mapping[str, str], asked: Mapping[str, str]) -> str | None:
    """The membership questions' answers as a JSON object {question: answer}; None without any.

    `asked`: those whose question is the column's heading.
    """
    numbers = sorted(int(match[2]) for match in map(_QUESTION.fullmatch, values) if match and match[1] == "answer")
    answers = {cut(title, MAX_NAME_CHARS): cut(answer, MAX_ANSWER_CHARS) for title, answer in asked.items() if answer}
    for number in numbers:
        answer = cut(values[f"answer{number}"], MAX_ANSWER_CHARS)
        question = cut(values.get(f"question{number}") or f"Question {number}", MAX_NAME_CHARS)
        if answer:
            answers[question if question not in answers else f"{question} ({number})"] = answer
    return json.dumps(answers, ensure_ascii=False) if answers else None


def shown(text: str) -> str:
    """`text` in quotes for a message: cut to a line's length, with what does not print escaped."""
    return repr(text if len(text) <= 60 else text[:60] + "…")
