"""Writes an export: all of it, or nothing at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from coachroom.metrics.exports.csv_file import write_csv
from coachroom.metrics.exports.formats import ExportError, Format, require_fitting_name, sidecar_of
from coachroom.metrics.exports.header import ExportHeader
from coachroom.metrics.exports.jsonl_file import write_jsonl
from coachroom.metrics.exports.parquet_file import write_parquet
from coachroom.metrics.exports.rows import ExportRows, rows_of
from coachroom.metrics.exports.xlsx_file import write_xlsx


def write_export(path: Path, frame: pd.DataFrame, header: ExportHeader, format: Format) -> int:
    """Writes the rows to `path`, readable by its owner only, and returns how many there were.

    The header goes into the file where the format has a place for it, else beside it (`formats.sidecar_of`). What was
    there before is replaced when the new file is complete. Raises ExportError with one sentence; whatever fails, no
    file is left behind.
    """
    require_target(path, format)
    work = None
    try:
        work = Path(tempfile.mkdtemp(prefix=".export-", suffix=".tmp", dir=path.parent))
        count = _write(work, path.name, rows_of(frame, header.local_dates), header, format)
        _move(work, path)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)
    return count


def write_to_pipe(file: BinaryIO, frame: pd.DataFrame, header: ExportHeader, format: Format) -> int:
    """Writes the rows of a text format, without the header, to an open file. Raises ExportError for other formats."""
    require_pipe(format)
    rows = rows_of(frame, header.local_dates)
    return write_csv(file, rows) if format is Format.CSV else write_jsonl(file, rows)


def require_target(path: Path, format: Format) -> None:
    """Raises ExportError if it shows beforehand that `path` cannot be written."""
    require_fitting_name(path, format)
    try:
        # A device or a pipe must not be replaced by a file either.
        taken = [each for each in _targets(path, format) if each.exists() and not each.is_file()]
        if taken:
            raise ExportError(f"{taken[0]} is not a file: give the path of a file to write.")
        if not path.parent.is_dir():
            raise ExportError(f"There is no folder {path.parent}: make it, or give another path.")
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise _unwritable(path, "Permission denied")


def _targets(path: Path, format: Format) -> list[Path]:
    # A path without a name, such as ".", is a folder and has nothing beside it.
    return [path, sidecar_of(path)] if format.is_text and path.name else [path]


def require_pipe(format: Format) -> None:
    """Raises ExportError if the format cannot be written to a pipe."""
    if not format.is_text:
        raise ExportError(
            f"The format {format} cannot go to standard output: give --out PATH, or --format csv or jsonl."
        )


def _write(work: Path, name: str, rows: ExportRows, header: ExportHeader, format: Format) -> int:
    complete = work / "complete"
    complete.mkdir()
    if format.is_text:
        sidecar_of(complete / name).write_text(header.json(indent=2) + "\n", encoding="utf-8")
    with (complete / name).open("xb") as file:
        match format:
            case Format.CSV:
                return write_csv(file, rows)
            case Format.JSONL:
                return write_jsonl(file, rows)
            case Format.PARQUET:
                return write_parquet(file, rows, header)
            case Format.XLSX:
                return write_xlsx(file, rows, header, work)


def _move(work: Path, path: Path) -> None:
    """Puts the finished files in their places, or leaves all as it was."""
    complete, beside, before = work / "complete", sidecar_of(path), work / "before"
    has_sidecar = (complete / beside.name).exists()
    if has_sidecar:
        if beside.exists():
            beside.replace(before)
        _place(complete / beside.name, beside)
    try:
        _place(complete / path.name, path)
    except OSError:
        if has_sidecar:
            beside.unlink()
        if before.exists():
            before.replace(beside)
        raise


def _place(made: Path, target: Path) -> None:
    made.chmod(0o600)
    made.replace(target)


def _unwritable(path: Path, cause: str) -> ExportError:
    return ExportError(f"{path} cannot be written ({cause}): give a path in a folder that may be written.")
