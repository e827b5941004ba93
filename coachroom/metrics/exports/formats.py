"""The formats there are. Nothing heavy is imported here: the command line names them in its help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from coachroom.errors import CoachroomError


class ExportError(CoachroomError):
    """An export cannot be written as it was asked for; no file of it was left behind."""


class Format(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"
    XLSX = "xlsx"

    @property
    def is_text(self) -> bool:
        """Whether it can be written to a pipe; such a format has no place for a header, which goes beside it."""
        return self in {Format.CSV, Format.JSONL}

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.JSONL: "application/jsonl; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMAT_OF_SUFFIX = {f".{format}": format for format in Format} | {
    ".json": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".pq": Format.PARQUET,
}
SIDECAR_SUFFIX = ".meta.json"


def sidecar_of(path: Path) -> Path:
    """Where the header of a CSV or JSON Lines file stands: `sessions.csv` has `sessions.csv.meta.json`."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def require_fitting_name(path: Path, format: Format) -> None:
    """Raises ExportError if `path` is named like another format; other endings, and none, are fine."""
    named = _FORMAT_OF_SUFFIX.get(path.suffix.lower(), format)
    if named is not format:
        raise ExportError(
            f"{path} is named like {named}, but {format} is asked for: give --format {named} or a path that ends "
            f"in .{format}."
        )
