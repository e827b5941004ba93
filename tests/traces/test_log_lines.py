from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator

import pytest

from coachroom.errors import CoachroomError, StoreError
from coachroom.store.duck import DuckStore
from coachroom.store.writer import Writer
from coachroom.traces.context import about, present_ids
from coachroom.traces.log_lines import JsonLines, PlainLines

WORDS = "my mother drinks again"


@pytest.fixture
def log(request: pytest.FixtureRequest) -> Iterator[tuple[logging.Logger, Callable[[], list[str]]]]:
    """A logger of its own with JSON lines, and what it wrote."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(PlainLines() if hasattr(request, "param") else JsonLines("here"))
    logger = logging.getLogger("coachroom")
    logger.addHandler(handler)
    try:
        yield logging.getLogger("coachroom.tests"), lambda: written.getvalue().splitlines()
    finally:
        logger.removeHandler(handler)


def test_a_line_is_one_object_whatever_the_sentence_holds(log) -> None:
    logger, lines = log
    logger.warning("two\nlines, a \x00 and a %s", "“quote”")
    (line,) = lines()
    written = json.loads(line)
    assert written["message"] == "two\nlines, a \x00 and a “quote”"
    assert (written["level"], written["logger"], written["replica"]) == ("warning", "coachroom.tests", "here")
    assert written["time"].endswith("Z")


def test_a_line_names_what_the_work_was_about(log) -> None:
    logger, lines = log
    with about(request="r-1", session="s-1"):
        with about(call="c-1", session=None):
            logger.warning("in the call")
        logger.warning("in the session")
    logger.warning("in nothing")
    written = [json.loads(line) for line in lines()]
    assert [{name: line.get(name) for name in ("request", "session", "call")} for line in written] == [
        {"request": "r-1", "session": "s-1", "call": "c-1"},
        {"request": "r-1", "session": "s-1", "call": None},
        {"request": None, "session": None, "call": None},
    ]
    assert present_ids() == {}


def test_what_somebody_elses_error_says_is_left_out(log) -> None:
    logger, lines = log
    try:
        try:
            {}[WORDS]
        except KeyError as error:
            raise ValueError(f"no number: {WORDS}") from error
    except ValueError as error:
        logger.exception("it failed")
        logger.warning("it failed: %s", error)
        logger.error(error)
    assert WORDS not in "".join(lines())
    first, second, third = (json.loads(line) for line in lines())
    assert first["error"].count("test_log_lines.py") == 2
    assert "KeyError\nwhich led to\n" in first["error"]
    assert first["error"].endswith("ValueError")
    assert (second["message"], third["message"]) == ("it failed: ValueError", "ValueError")


def test_what_our_own_error_says_stands_in_the_line(log) -> None:
    logger, lines = log
    try:
        raise StoreError("The disk is full.")
    except StoreError as error:
        logger.exception("it failed: %s", error)
    written = json.loads(lines()[0])
    assert written["message"] == "it failed: The disk is full."
    assert written["error"].endswith("StoreError: The disk is full.")


def test_errors_within_a_group_say_nothing_either(log) -> None:
    logger, lines = log
    try:
        raise ExceptionGroup(WORDS, [ValueError(WORDS), CoachroomError("A sentence.")])
    except ExceptionGroup:
        logger.exception("it failed")
    assert WORDS not in lines()[0]
    assert "A sentence." in lines()[0]


@pytest.mark.parametrize(
    "address",
    ["ana@example.com", "<ana.b+c@mail.example.org>", "192.0.2.17", "2001:db8::7", "[::1]", "1:2:3:4:5:6:7:8"],
)
def test_addresses_are_left_out(log, address: str) -> None:
    logger, lines = log
    logger.warning("from %s, at 12:34:56 of 2026-05-01 with version 1.2.3", address)
    said = json.loads(lines()[0])["message"]
    assert address.strip("<>[]") not in said
    assert "(address)" in said
    assert "at 12:34:56 of 2026-05-01 with version 1.2.3" in said


def test_of_the_servers_own_lines_only_the_first_part_of_a_path_is_kept() -> None:
    record = logging.LogRecord(
        "uvicorn.access",
        logging.INFO,
        "",
        1,
        '%s - "%s %s HTTP/%s" %d',
        ("192.0.2.1:80", "GET", "/calendar/a-secret?also=this", "1.1", 200),
        None,
    )
    assert json.loads(JsonLines("here").format(record))["message"] == '(address):80 - "GET /calendar HTTP/1.1" 200'


@pytest.mark.parametrize("log", ["plain"], indirect=True)
def test_a_plain_line_has_the_ids_behind_it_and_the_traceback_below(log) -> None:
    logger, lines = log
    with about(session="s-1"):
        logger.warning("it was late")
        try:
            raise ValueError(WORDS)
        except ValueError:
            logger.error("it failed", exc_info=sys.exc_info())
    assert lines()[0].endswith("WARNING coachroom.tests: it was late session=s-1")
    assert lines()[-1] == "ValueError"
    assert WORDS not in "".join(lines())


def test_a_write_that_fails_is_logged_with_its_session_and_without_its_words(log) -> None:
    _, lines = log
    store = DuckStore(None)
    writer = Writer(store)
    try:
        with about(session="s-1"):
            failing = writer.submit(lambda transaction: transaction.execute("SELECT CAST($1 AS INTEGER)", [WORDS]))
        assert WORDS in failing.exception(10).cause
    finally:
        writer.close()
        store.close()
    written = json.loads(lines()[0])
    assert (written["session"], written["message"]) == ("s-1", "a write failed: ConversionException")
