"""An export is complete or not there at all, and takes little memory beside its rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Set
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coachroom.metrics.exports import write
from coachroom.metrics.exports.formats import ExportError, Format, sidecar_of
from coachroom.metrics.exports.header import ExportHeader
from coachroom.metrics.exports.rows import BATCH, ExportRows
from coachroom.metrics.exports.write import write_export, write_to_pipe

NOON = datetime(2026, 5, 1, 12)
HEADER = ExportHeader("Numbers", "Some numbers.", "1, 2, …", NOON, NOON, ())
FRAME = pd.DataFrame({"n": [1, 2, 3]})


def numbers(many: int) -> pd.DataFrame:
    return pd.DataFrame({"n": range(many)})


@contextmanager
def failing_after_some_rows(error: BaseException) -> Iterator[None]:
    """Within the block, the rows of a frame end in this error."""

    def batches(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        yield batch
        raise error

    def rows(frame: pd.DataFrame, _: Set[str]) -> ExportRows:
        batch = pa.record_batch({"n": range(50_000)})
        return ExportRows(batch.schema, batches(batch), 50_001)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "rows_of", rows)
        yield


def refusal(path: Path, format: Format, frame: pd.DataFrame = FRAME) -> str:
    with pytest.raises(ExportError) as caught:
        write_export(path, frame, HEADER, format)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("format", Format)
def test_a_failure_on_the_way_leaves_nothing(tmp_path: Path, format: Format) -> None:
    path = tmp_path / f"n.{format}"
    with failing_after_some_rows(RuntimeError("broken")), pytest.raises(RuntimeError, match="broken"):
        write_export(path, FRAME, HEADER, format)
    with failing_after_some_rows(OSError(28, "No space left on device")):
        assert "No space left" in refusal(path, format)
    with failing_after_some_rows(KeyboardInterrupt()), pytest.raises(KeyboardInterrupt):
        write_export(path, FRAME, HEADER, format)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", Format)
def test_a_failure_leaves_what_was_there_before(tmp_path: Path, format: Format) -> None:
    path = tmp_path / f"n.{format}"
    write_export(path, FRAME, HEADER, format)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with failing_after_some_rows(RuntimeError()), pytest.raises(RuntimeError):
        write_export(path, FRAME, HEADER, format)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert write_export(path, numbers(7), HEADER, format) == 7
    assert {file.name for file in tmp_path.iterdir()} == set(before)
    assert path.read_bytes() != before[path.name]


@pytest.mark.parametrize("format", Format)
def test_only_the_owner_reads_the_files(tmp_path: Path, format: Format) -> None:
    write_export(tmp_path / f"n.{format}", FRAME, HEADER, format)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_paths_that_cannot_be_written_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "taken.csv.meta.json").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "file").touch()
    before = set(tmp_path.rglob("*"))
    assert "folder.csv is not a file" in refusal(tmp_path / "folder.csv", Format.CSV)
    assert "taken.csv.meta.json is not a file" in refusal(tmp_path / "taken.csv", Format.CSV)
    assert "pipe.csv is not a file" in refusal(tmp_path / "pipe.csv", Format.CSV)
    assert "There is no folder" in refusal(tmp_path / "missing" / "n.csv", Format.CSV)
    assert "There is no folder" in refusal(tmp_path / "file" / "n.csv", Format.CSV)
    assert "File name too long" in refusal(tmp_path / ("n" * 300 + ".csv"), Format.CSV)
    # The sidecar's name is the longer one, and its place is found out last.
    assert "File name too long" in refusal(tmp_path / ("n" * 248 + ".csv"), Format.CSV)
    monkeypatch.setattr(write.os, "access", lambda *_: False)
    assert "Permission denied" in refusal(tmp_path / "n.csv", Format.CSV)
    assert set(tmp_path.rglob("*")) == before


def test_a_rename_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def fails(source: Path, target: Path) -> Path:
        if target.suffix == ".csv":
            raise OSError(5, "Input/output error")
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", fails)
    assert "Input/output error" in refusal(tmp_path / "n.csv", Format.CSV)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "format"),
    [("n.csv", Format.XLSX), ("n.XLSX", Format.CSV), ("n.parquet", Format.JSONL), ("n.json", Format.CSV)],
)
def test_a_name_of_another_format_is_refused(tmp_path: Path, name: str, format: Format) -> None:
    assert f"but {format} is asked for" in refusal(tmp_path / name, format)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["n", "n.txt", "n.csv", "n.CSV", ".csv", "a b\u202e.csv"])
def test_other_names_are_fine(tmp_path: Path, name: str) -> None:
    write_export(tmp_path / name, FRAME, HEADER, Format.CSV)
    assert (tmp_path / name).read_bytes() == b"n\r\n1\r\n2\r\n3\r\n"
    assert json.loads(sidecar_of(tmp_path / name).read_text())["title"] == "Numbers"


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "n.csv").symlink_to(tmp_path / "precious")
    write_export(tmp_path / "n.csv", FRAME, HEADER, Format.CSV)
    assert (tmp_path / "precious").read_text() == "kept"


def test_xlsx_takes_a_hundred_thousand_rows(tmp_path: Path) -> None:
    sentence = refusal(tmp_path / "n.xlsx", Format.XLSX, numbers(100_001))
    assert "100,000 rows" in sentence
    assert "csv or parquet" in sentence
    assert list(tmp_path.iterdir()) == []


def test_xlsx_cuts_no_text_off(tmp_path: Path) -> None:
    assert "32,767 characters" in refusal(tmp_path / "n.xlsx", Format.XLSX, pd.DataFrame({"text": ["x" * 32_768]}))
    assert list(tmp_path.iterdir()) == []
    write_export(tmp_path / "n.xlsx", pd.DataFrame({"text": ["x" * 32_767]}), HEADER, Format.XLSX)


def test_pipes_take_text_formats_only(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as file:
        assert write_to_pipe(file, FRAME, HEADER, Format.JSONL) == 3
        for format in (Format.XLSX, Format.PARQUET):
            with pytest.raises(ExportError, match="standard output"):
                write_to_pipe(file, FRAME, HEADER, format)
    assert (tmp_path / "out").read_bytes() == b'{"n": 1}\n{"n": 2}\n{"n": 3}\n'


@pytest.mark.parametrize("format", Format)
def test_every_row_of_many_batches_is_written_once(tmp_path: Path, format: Format) -> None:
    count, path = 2 * BATCH + 1, tmp_path / f"n.{format}"
    assert write_export(path, numbers(count), HEADER, format) == count
    assert read_back(path, format) == list(range(count))


def read_back(path: Path, format: Format) -> list[int]:
    match format:
        case Format.CSV:
            return [int(line) for line in path.read_text().splitlines()[1:]]
        case Format.JSONL:
            return [json.loads(line)["n"] for line in path.read_text().splitlines()]
        case Format.PARQUET:
            return pq.read_table(path)["n"].to_pylist()
        case Format.XLSX:
            with closing(openpyxl.load_workbook(path, read_only=True)) as book:
                return [number for (number,) in book["Data"].iter_rows(min_row=2, values_only=True)]


MEASURE = """
import resource, sys
from pathlib import Path
import duckdb
from tests.metrics.test_export_write import HEADER
from coachroom.metrics.exports.formats import Format
from coachroom.metrics.exports.write import write_export

connection = duckdb.connect(config={"threads": 1})
connection.execute("SET enable_progress_bar = false")
sql = "SELECT i, i / 7 AS part, 'client-' || i AS name, repeat(chr(97 + (i % 26)::INT), 400) AS t FROM range($1) r(i)"

def export(frame, folder):
    for format in (Format.CSV, Format.PARQUET):
        assert write_export(folder / f"n.{format}", frame, HEADER, format) == len(frame)

peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
small, large = (connection.execute(sql, [rows]).df() for rows in (20_000, 300_000))
export(small, Path(sys.argv[1]))
before = peak()
export(large, Path(sys.argv[1]))
print(before, peak() - before)
"""


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    _, grown = map(int, done.stdout.split())
    assert (tmp_path / "n.csv").stat().st_size > 120_000_000
    assert grown < 120, f"{grown} MB"
