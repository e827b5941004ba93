"""The lines of the log: plain, or one JSON object each, with the ids of what they are about and nothing of anybody.

What a line says is ours. What came from elsewhere may hold words or addresses: so of errors that are not ours only
the class and the place are written, and whatever looks like an address is left out of every line.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from coachroom.errors import CoachroomError
from coachroom.traces.context import present_ids
from coachroom.traces.spans import present_trace_id

# What these say names parts of the program, or a file and why it cannot be used.
TELLING_ERRORS = (CoachroomError, AttributeError, TypeError, NameError, ImportError, OSError)
ADDRESS = re.compile(
    r"[^\s<>\"',;:()]+@[^\s<>\"',;:()]+"  # mail
    r"|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"  # IPv4
    # IPv6: with a gap, or of eight parts.
    r"|(?<![\w:])(?=[0-9a-fA-F:]*(?:::|(?:[0-9a-fA-F]{1,4}:){7}))[0-9a-fA-F:]{3,39}(?![\w:])"
)
EPOCH = datetime(1970, 1, 1)
LEFT_OUT = "(address)"
# The server's lines hold whole paths, with room ids and tokens: only their first part is written.
SERVER_LOGS = "uvicorn"
MAX_LINE_CHARS = 20_000


class PlainLines(logging.Formatter):
    """A line for people: time, level, logger, sentence, and the ids behind it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the traceback below it."""
        ids = "".join(f" {name}={value}" for name, value in _present().items())
        line = f"{_moment(record)} {record.levelname:<7} {record.name}: {said_by(record)}{ids}"
        error = error_of(record)
        return line if error is None else f"{line}\n{error}"


class JsonLines(logging.Formatter):
    """A line for programs: one JSON object, whatever the record holds."""

    def __init__(self, replica: str) -> None:
        super().__init__()
        self._replica = replica

    def format(self, record: logging.LogRecord) -> str:
        """The object; `error` holds the traceback."""
        line: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": said_by(record)[:MAX_LINE_CHARS],
            "replica": self._replica,
            **_present(),
        }
        error = error_of(record)
        if error is not None:
            line["error"] = error[-MAX_LINE_CHARS:]
        return json.dumps(line, ensure_ascii=False)


def said_by(record: logging.LogRecord) -> str:
    """The record's sentence without anything that looks like an address."""
    said = logging.makeLogRecord(record.__dict__)
    if isinstance(record.args, tuple):
        said.args = tuple(_fit(argument, of_server=record.name.startswith(SERVER_LOGS)) for argument in record.args)
    if isinstance(record.msg, BaseException):
        said.msg = _told(record.msg)
    return without_addresses(said.getMessage())


def _fit(argument: object, *, of_server: bool) -> object:
    if isinstance(argument, BaseException):
        return _told(argument)
    if of_server and isinstance(argument, str) and argument.startswith("/"):
        return "/" + urlsplit(argument).path.lstrip("/").partition("/")[0]
    return argument


def _told(error: BaseException) -> str:
    told = without_addresses(str(error)) if isinstance(error, TELLING_ERRORS) else ""
    name = type(error).__qualname__
    if isinstance(error, CoachroomError):
        return told
    return f"{name}: {told}" if told else name


def without_addresses(text: str) -> str:
    """The text with LEFT_OUT in the place of mail and network addresses."""
    return ADDRESS.sub(LEFT_OUT, text)


def error_of(record: logging.LogRecord) -> str | None:
    """The record's traceback: files, lines and classes, and what an error says only where that is ours."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    return None if error is None else "\n".join(_lines_of(error, seen=set()))


def _lines_of(error: BaseException, seen: set[int]) -> list[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = [*_lines_of(before, seen), "which led to"] if before is not None and id(before) not in seen else []
    lines += _places(error.__traceback__)
    ours = f"{type(error).__qualname__}: " if isinstance(error, CoachroomError) else ""
    lines.append(ours + _told(error))
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            lines += _lines_of(each, seen) if id(each) not in seen else []
    return lines


def _places(where: TracebackType | None) -> list[str]:
    return [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(where)]


def _moment(record: logging.LogRecord) -> str:
    return (EPOCH + timedelta(seconds=record.created)).isoformat(timespec="milliseconds") + "Z"


def _present() -> dict[str, str]:
    trace = present_trace_id()
    return {**present_ids(), **({"trace": trace} if trace else {})}


def write_lines(*, as_json: bool, replica: str) -> logging.Formatter:
    """Gives every handler that writes to a stream such lines, and the root logger one where it has none.

    Returns the formatter, for handlers that are made later.
    """
    lines: logging.Formatter = JsonLines(replica) if as_json else PlainLines()
    root = logging.getLogger()
    if not any(isinstance(handler, logging.StreamHandler) for handler in root.handlers):
        root.addHandler(logging.StreamHandler(sys.stderr))
    loggers = [root, *(each for each in root.manager.loggerDict.values() if isinstance(each, logging.Logger))]
    for handler in (handler for logger in loggers for handler in logger.handlers):
        if isinstance(handler, logging.StreamHandler):
            handler.setFormatter(lines)
    return lines
