"""The seed's tables in a folder: which file holds which, and how DuckDB reads it."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from coachroom.errors import ImportFileError, StatementError
from coachroom.store.seed_tables import MAX_FIELD_BYTES, TABLES, SeedTable, plain, view_query
from coachroom.store.store import Transaction

_SUFFIXES = (".csv", ".parquet")
# What databases and their tools write around a table's name: Supabase "_rows", DBeaver a time stamp, browsers " (1)".
_AROUND_NAME = (r"(?:public)?", r"s?(?:rows|export|table|data)?\d*")


@dataclass(frozen=True)
class SeedFile:
    path: Path
    table: SeedTable

    @property
    def is_parquet(self) -> bool:
        return self.path.suffix.lower() == ".parquet"

    @property
    def name(self) -> str:
        return self.path.name

    def query(self, transaction: Transaction) -> str:
        return _parquet_query(transaction, self) if self.is_parquet else _csv_query(self)

    def reading(self) -> AbstractContextManager[None]:
        return _readable(self)

    def places(self, transaction: Transaction, records: Collection[int]) -> dict[int, str]:
        """By record number, "line 12" (CSV) or "row 11" (Parquet)."""
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
    name = plain(path.stem)
    return next(
        (table for table in TABLES if re.fullmatch(f"{before}{plain(table.name).rstrip('s')}{after}", name)), None
    )


@contextmanager
def _readable(file: SeedFile) -> Iterator[None]:
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
    except StatementError as error:
        raise ImportFileError(_unreadable(file, str(error.__cause__))) from error


def _csv_query(file: SeedFile) -> str:
    heading, delimiter = _heading(file.path)
    names = [f"c{place}" for place in range(len(heading))]
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    reader = (
        f"read_csv({_quoted(file.path)}, columns = {{{types}}}, header = true, auto_detect = false, "
        f"delim = '{delimiter}', quote = '\"', escape = '\"', strict_mode = true, max_line_size = {MAX_FIELD_BYTES})"
    )
    return view_query(
        file.name, file.table, {title: f'"{name}"' for name, title in zip(names, heading, strict=True)}, reader
    )


def _parquet_query(transaction: Transaction, file: SeedFile) -> str:
    reader = f"read_parquet({_quoted(file.path)}, binary_as_string = true)"
    columns = {}
    for name, kind, *_ in transaction.execute(f"DESCRIBE SELECT * FROM {reader}"):  # noqa: S608 path is quoted
        quoted = '"' + name.replace('"', '""') + '"'
        nested = kind.startswith(("STRUCT", "MAP")) or kind.endswith("]")
        columns[name] = f"CAST(to_json({quoted}) AS VARCHAR)" if nested else f"CAST({quoted} AS VARCHAR)"
    return view_query(file.name, file.table, columns, reader)


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


def _quoted(path: Path) -> str:
    return "'" + str(path.absolute()).replace("'", "''") + "'"
