"""The seed's files: which table each one holds, its columns, and a view over each for DuckDB to read."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from coachroom.errors import ImportFileError
from coachroom.store.duck import Transaction

MAX_FIELD_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class SeedTable:
    """A table of the seed schema: our name for it and its columns (snake_case)."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return self.required + self.optional


# Parents before children: faults are reported and rows written in this order.
TABLES = (
    SeedTable(
        "client_profiles",
        ("id",),
        ("skool_user_id", "preferences", "goals", "history", "display_name", "challenges", "created_at"),
    ),
    SeedTable("sessions", ("id", "client_id", "start_time", "end_time", "status"), ("room_id",)),
    SeedTable("conversations", ("id", "session_id", "message", "sender", "timestamp"), ("context",)),
    SeedTable("feedback", ("session_id", "created_at"), ("rating", "nps", "comment")),
    SeedTable("goals", ("id", "client_id", "title", "created_at"), ("weight",)),
    SeedTable("goal_checkins", ("goal_id", "score", "created_at"), ("id",)),
)
_SUFFIXES = (".csv", ".parquet")
# What databases and their tools write around a table's name: Supabase "_rows", DBeaver a time stamp, browsers " (1)".
_AROUND_NAME = (r"(?:public)?", r"s?(?:rows|export|table|data)?\d*")
# How they write that there is no value, in any case.
_NULLS = ("", "null", "\\n", "(null)", "[null]", "<null>", "none", "nil", "undefined", "nan")
# In what was said such a word is a word.
_WORDS = frozenset({"message", "title"})


@dataclass(frozen=True)
class SeedFile:
    path: Path
    table: SeedTable

    @property
    def is_parquet(self) -> bool:
        return self.path.suffix.lower() == ".parquet"

    def places(self, records: Collection[int]) -> dict[int, str]:
        """The places of records for a message: by record number, "line 12" (CSV) or "row 11" (Parquet)."""
        rows = {record: f"row {record}" for record in records}
        return rows if self.is_parquet else rows | _lines(self.path, records)


def find_files(directory: Path) -> tuple[dict[str, SeedFile], tuple[str, ...]]:
    """The seed's files in `directory` by table name, and the names of the others.

    Raises ImportFileError if there are none or two for a table.
    """
    found: dict[str, SeedFile] = {}
    passed_over: list[str] = []
    try:
        paths = sorted(path for path in directory.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise ImportFileError(f"{directory} cannot be read as a folder ({error.strerror}): give a folder.") from error
    for path in paths:
        table = _table_of(path)
        if table is None:
            passed_over.append(path.name)
        elif table.name in found:
            raise ImportFileError(
                f"{found[table.name].path.name} and {path.name} both hold {table.name}: move one of them away."
            )
        else:
            found[table.name] = SeedFile(path, table)
    if not found:
        names = ", ".join(f"{table.name}.csv" for table in TABLES)
        raise ImportFileError(f"{directory} holds none of {names} (or .parquet): give the folder that does.")
    return found, tuple(passed_over)


def _table_of(path: Path) -> SeedTable | None:
    if path.suffix.lower() not in _SUFFIXES:
        return None
    before, after = _AROUND_NAME
    name = _plain(path.stem)
    return next(
        (table for table in TABLES if re.fullmatch(f"{before}{_plain(table.name).rstrip('s')}{after}", name)), None
    )


def create_view(transaction: Transaction, table: SeedTable, file: SeedFile | None) -> None:
    """Makes the view raw_<table>: `line` and all the table's columns as text, empty without a file."""
    if file is None:
        columns = ", ".join(f'CAST(NULL AS VARCHAR) AS "{column}"' for column in table.columns)
        source = f"SELECT CAST(NULL AS BIGINT) AS line, {columns} WHERE FALSE"
    else:
        with readable(file):
            source = _parquet_source(transaction, file) if file.is_parquet else _csv_source(file)
    transaction.execute(f"CREATE OR REPLACE TEMP VIEW raw_{table.name} AS {source}")


@contextmanager
def readable(file: SeedFile) -> Iterator[None]:
    """Turns whatever goes wrong in reading `file` into one sentence."""
    try:
        yield
    except OSError as error:
        raise ImportFileError(
            f"{file.path.name} cannot be opened ({error.strerror}): check its permissions."
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImportFileError(
            f"{file.path.name} is not CSV text in UTF-8: export it again as CSV or Parquet."
        ) from error
    except duckdb.Error as error:
        raise ImportFileError(_unreadable(file, str(error))) from error


def _csv_source(file: SeedFile) -> str:
    heading, delimiter = _heading(file.path)
    names = [f"c{place}" for place in range(len(heading))]
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    reader = (
        f"read_csv({_quoted(file.path)}, columns = {{{types}}}, header = true, auto_detect = false, "
        f"delim = '{delimiter}', quote = '\"', escape = '\"', strict_mode = true, max_line_size = {MAX_FIELD_BYTES})"
    )
    return _source(file, {title: f'"{name}"' for name, title in zip(names, heading, strict=True)}, reader)


def _parquet_source(transaction: Transaction, file: SeedFile) -> str:
    reader = f"read_parquet({_quoted(file.path)}, binary_as_string = true)"
    columns = {}
    for name, kind, *_ in transaction.execute(f"DESCRIBE SELECT * FROM {reader}"):  # noqa: S608 path is quoted
        quoted = '"' + name.replace('"', '""') + '"'
        nested = kind.startswith(("STRUCT", "MAP")) or kind.endswith("]")
        columns[name] = f"CAST(to_json({quoted}) AS VARCHAR)" if nested else f"CAST({quoted} AS VARCHAR)"
    return _source(file, columns, reader)


def _source(file: SeedFile, found: dict[str, str], reader: str) -> str:
    """The view's query; `found` maps the file's column titles to the SQL that reads them as text."""
    by_name: dict[str, str] = {}
    for title, sql in found.items():
        by_name.setdefault(_plain(title), sql)
    missing = [column for column in file.table.required if _plain(column) not in by_name]
    if missing:
        raise ImportFileError(
            f"{file.path.name} lacks the columns {', '.join(missing)}: "
            f"a {file.table.name} file has {', '.join(file.table.columns)}."
        )
    columns = ", ".join(
        f'{_value(column, by_name.get(_plain(column), "CAST(NULL AS VARCHAR)"))} AS "{column}"'
        for column in file.table.columns
    )
    return f"SELECT row_number() OVER () AS line, {columns} FROM {reader}"  # noqa: S608 names are our own


def _value(column: str, sql: str) -> str:
    """The SQL of a column's text, NULL however the file spells it."""
    if column in _WORDS:
        return sql
    nulls = ", ".join(f"'{null}'" for null in _NULLS)
    return f"CASE WHEN lower(trim({sql})) NOT IN ({nulls}) THEN {sql} END"


def _heading(path: Path) -> tuple[list[str], str]:
    """The titles of a CSV file's columns and its delimiter."""
    with path.open("rb") as binary:
        if b"\0" in binary.read(65536):
            raise csv.Error("binary")
    csv.field_size_limit(MAX_FIELD_BYTES)
    with path.open(encoding="utf-8-sig", newline="") as text:
        first = text.readline()
        delimiter = max((",", ";", "\t"), key=first.count)
        text.seek(0)
        return next(csv.reader(text, delimiter=delimiter, strict=True), []), delimiter


def _lines(path: Path, records: Collection[int]) -> dict[int, str]:
    """The lines in which records of a CSV file begin; fewer where the file cannot be read so far."""
    wanted, found = set(records), {}
    try:
        _, delimiter = _heading(path)
        with path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, delimiter=delimiter)
            number, line = 0, 1
            for fields in reader:
                if fields and number in wanted:
                    found[number] = f"line {line}"
                number += bool(fields)
                line = reader.line_num + 1
                if len(found) == len(wanted):
                    break
    except (OSError, UnicodeDecodeError, csv.Error):
        return found
    return found


def _unreadable(file: SeedFile, text: str) -> str:
    if file.is_parquet:
        return f"{file.path.name} is not a Parquet file or was cut off: export it again."
    line = re.search(r"CSV Error on Line: (\d+)", text)
    where = f" at line {line[1]}" if line else ""
    if "nvalid unicode" in text:
        cause = "it is not UTF-8"
    elif width := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text):
        cause = f"{width[2]} fields where the heading has {width[1]}"
    elif "unterminated quote" in text:
        cause = "a quote is not closed"
    else:
        cause = "it is not well-formed CSV"
    return f"{file.path.name} cannot be read{where} ({cause}): export it again as CSV in UTF-8 or as Parquet."


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _quoted(path: Path) -> str:
    return "'" + str(path.absolute()).replace("'", "''") + "'"
