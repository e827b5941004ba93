"""What a member export may hold: bounded, printable, in one sentence where it is too much."""

from __future__ import annotations

import json

import pytest

from coachroom.errors import ImportFileError
from coachroom.people.skool_export import MAX_ANSWER_CHARS, MAX_COLUMNS, MAX_NAME_CHARS, clean_email, read_export

HEADING = "Email,First Name,Last Name,Member ID,Tier,Joined Date,Why are you here?\n"


def row(**cells: str):
    """The one row of an export with these cells, or what rejects it."""
    names = ("email", "first", "last", "id", "tier", "joined", "why")
    given = {"email": "ida@example.com", **cells}
    quoted = ",".join('"' + given.get(name, "").replace('"', '""') + '"' for name in names)
    export = read_export((HEADING + quoted + "\n").encode("utf-8", "surrogatepass"))
    return (*export.rows, *export.rejected)[0]


def test_no_field_holds_what_an_engine_refuses() -> None:
    text = HEADING + "ida@example.com,I\x00da,Berg,m\x001,gold\x00,,to\x00 grow\n"
    (taken,) = read_export(text.encode("utf-16")).rows
    texts = [taken.display_name, taken.member_id, taken.tier, *json.loads(taken.answers).values()]
    assert texts == ["I\ufffdda Berg", "m\ufffd1", "gold\ufffd", "to\ufffd grow"]


def test_a_name_of_nothing_that_prints_is_none() -> None:
    assert row(first="\u200b", last="\u202e").display_name is None


def test_what_is_too_long_is_cut_but_an_id_is_refused() -> None:
    taken = row(first="n" * 9_000, tier="t" * 9_000, why="w" * 90_000)
    assert len(taken.display_name) == len(taken.tier) == MAX_NAME_CHARS
    assert len(json.loads(taken.answers)["Why are you here?"]) == MAX_ANSWER_CHARS
    assert row(id="i" * 201).reason == "its member ID is longer than 200 characters"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31T23:59:00", "1899-12-31", "2150-01-01"])
def test_a_day_that_no_community_saw_costs_the_date_alone(day: str) -> None:
    assert row(joined=day).joined_at is None


def test_a_file_of_columns_is_no_member_export() -> None:
    heading = ",".join(["Email", *(f"Question {number}?" for number in range(MAX_COLUMNS))])
    with pytest.raises(ImportFileError, match="201 columns, more than 200"):
        read_export(f"{heading}\nida@example.com\n".encode())


@pytest.mark.parametrize(
    "text",
    [
        "Ida@Example.com\u200b",
        "\ufeffida@example.com",
        "\u202aida@example.com\u202c",
        "\u00a0ida@example.com \u2060",
        "mailto:ida@example.com",
        "mailto:ida@example.com?subject=Hello",
        "Ida Berg <ida@example.com>",
        "<mailto:IDA@example.com >",
        '="ida@example.com"',
        "'ida@example.com",
    ],
)
def test_an_address_as_other_programs_copy_it_is_taken(text: str) -> None:
    assert clean_email(text) == "ida@example.com"


@pytest.mark.parametrize(
    "text", ["Ida <ida@example.com> <x@example.com>", "ida@example.com>", "mailto:", "<>", "a b@example.com"]
)
def test_what_holds_no_one_address_is_none(text: str) -> None:
    assert clean_email(text) is None


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04\x14\0\x06\0", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"], ids=["xlsx", "xls"]
)
def test_a_workbook_is_named_as_one(data: bytes) -> None:
    with pytest.raises(ImportFileError, match="is an Excel workbook: open it and save it as CSV"):
        read_export(data)
