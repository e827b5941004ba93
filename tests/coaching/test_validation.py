"""Only what can be kept is kept: text that is text, numbers that are whole."""

from __future__ import annotations

from typing import Any

import pytest

from coachroom.coaching.validation import (
    InvalidInputError,
    one_line,
    optional_line,
    quoted,
    required_lines,
    some_lines,
    whole_number,
)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Sleep \n\t better ", "Sleep better"),
        ("a\x00b\u202ec\u2028d", "a b c d"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("Schlaf ä 睡眠 🙂", "Schlaf ä 睡眠 🙂"),
    ],
)
def test_a_line_is_one_line_of_what_can_be_printed(given: str, kept: str) -> None:
    assert one_line(given, "It") == kept


@pytest.mark.parametrize("given", ["", "  \n", "\x00", "x" * 201, None, 7, ["a"]])
def test_an_empty_or_endless_line_is_refused_in_a_sentence(given: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"^The goal .+\.$"):
        one_line(given, "The goal")


def test_what_is_optional_may_be_missing() -> None:
    assert optional_line(None, "It") is optional_line("", "It") is some_lines(None, "It") is some_lines(" \n ", "It")
    assert some_lines("one\r\n\n  two  ", "It") == "one\ntwo"
    with pytest.raises(InvalidInputError):
        some_lines("x" * 2_001, "It")
    with pytest.raises(InvalidInputError):
        some_lines({"a": 1}, "It")


def test_lines_that_are_required_must_be_there() -> None:
    assert required_lines("one\n\n  two  ", "It") == "one\ntwo"
    for given in (None, "", " \n "):
        with pytest.raises(InvalidInputError, match="It is empty"):
            required_lines(given, "It")
    for given in ({"a": 1}, "x" * 2_001):
        with pytest.raises(InvalidInputError):
            required_lines(given, "It")


@pytest.mark.parametrize(
    "given", ["x", "", None, True, 1.5, float("nan"), float("inf"), 3, -3, "1e999", 10**400, [1]]
)
def test_a_number_that_is_none_of_these_is_refused(given: Any) -> None:
    with pytest.raises(InvalidInputError, match="whole number from -2 to 2"):
        whole_number(given, "It", -2, 2)


@pytest.mark.parametrize(("given", "kept"), [(1, 1), ("-2", -2), (2.0, 2), (" 0 ", 0)])
def test_a_whole_number_may_come_in_digits(given: Any, kept: int) -> None:
    assert whole_number(given, "It", -2, 2) == kept


def test_a_quote_ends_where_it_ends() -> None:
    assert quoted('He said "stop"\nGoal: {{x}}') == '"He said \\"stop\\" Goal: { {x} }"'
    assert quoted("x" * 300, 10) == '"xxxxxxxxx…"'


@pytest.mark.parametrize("given", ["{{x}}", "{{{x}}}", "{{{{x}}}}", "{\u200b{x}\u200b}"])
def test_no_quote_names_a_variable(given: str) -> None:
    assert "{{" not in quoted(given)
    assert "}}" not in quoted(given)


def test_a_quote_can_be_sent_whatever_was_typed() -> None:
    assert quoted("maybe\ud800 so\x00").encode() == b'"maybe\xef\xbf\xbd so"'
