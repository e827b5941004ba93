"""An export is complete or not there at all, and may be larger than memory."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coachroom.metrics.exports import write
from coachroom.metrics.exports.formats import ExportError, Format, sidecar_of
from coachroom.metrics.exports.header import ExportHeader
from coachroom.metrics.exports.rows import BATCH
from coachroom.metrics.exports.stream import stream
from coachroom.metrics.exports.write import write_export, write_to_pipe

NOON = datetime(2026, 5, 1, 12)
HEADER = ExportHeader("Numbers", "Some numbers.", "1, 2, …", NOON, NOON, ())
FRAME = pd.DataFrame({"n": [1, 2, 3]})


def numbers(many: int) -> pa.RecordBatchReader:
    return pa.table({"n": range(many)}).to_reader(max_chunksize=10_000)


def breaking(error: Exception) -> pa.RecordBatchReader:
    """Gives some rows and then fails."""
    batch = pa.record_batch({"n": range(50_000)})

    def batches() -> Iterator[pa.RecordBatch]:
        yield batch
        raise error

    return pa.RecordBatchReader.from_batches(batch.schema, batches())


def refusal(path: Path, format: Format, data: pd.DataFrame | pa.RecordBatchReader = FRAME) -> str:
    with pytest.raises(ExportError) as caught:
        write_export(path, data, HEADER, format)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("format", Format)
def test_a_failure_on_the_way_leaves_nothing(tmp_path: Path, format: Format) -> None:
    path = tmp_path / f"n.{format}"
    with pytest.raises(RuntimeError, match="the source broke"):
        write_export(path, breaking(RuntimeError("the source broke")), HEADER, format)
    assert "No space left" in refusal(path, format, breaking(OSError(28, "No space left on device")))
    with pytest.raises(KeyboardInterrupt):
        write_export(path, breaking(KeyboardInterrupt()), HEADER, format)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", Format)
def test_a_failure_leaves_what_was_there_before(tmp_path: Path, format: Format) -> None:
    path = tmp_path / f"n.{format}"
    write_export(path, FRAME, HEADER, format)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(RuntimeError):
        write_export(path, breaking(RuntimeError()), HEADER, format)
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


@pytest.mark.parametrize("data", [pd.DataFrame({"n": range(100_001)}), None])
def test_xlsx_takes_a_hundred_thousand_rows(tmp_path: Path, data: pd.DataFrame | None) -> None:
    sentence = refusal(tmp_path / "n.xlsx", Format.XLSX, numbers(100_001) if data is None else data)
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
def test_progress_tells_the_rows_so_far(tmp_path: Path, format: Format) -> None:
    heard: list[int] = []
    data = pa.table({"n": range(40_000)}).to_reader()
    write_export(tmp_path / f"n.{format}", data, HEADER, format, progress=heard.append)
    assert heard == [*range(BATCH, 40_000, BATCH), 40_000]


def test_a_query_is_streamed_and_its_cursor_is_free_afterwards(tmp_path: Path) -> None:
    connection = duckdb.connect()
    sql = "SELECT i AS n, CASE WHEN i % 2 = 0 THEN NULL ELSE i / 7 END AS part FROM range($1) AS r(i)"
    for format in (Format.CSV, Format.PARQUET):
        with stream(connection, sql, [40_001]) as reader:
            assert write_export(tmp_path / f"n.{format}", reader, HEADER, format) == 40_001
    with pytest.raises(RuntimeError), stream(connection, sql, [40_001]) as reader:
        reader.read_next_batch()
        raise RuntimeError
    assert connection.execute("SELECT 42").fetchone() == (42,)
    connection.close()
    table = pq.read_table(tmp_path / "n.parquet")
    assert table.num_rows == 40_001
    with (tmp_path / "n.csv").open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    assert [(int(n), part and float(part)) for n, part in rows] == [
        (n, "" if part is None else part)
        for n, part in zip(table["n"].to_pylist(), table["part"].to_pylist(), strict=True)
    ]


MEASURE = """
import resource, sys
from pathlib import Path
import duckdb
from tests.metrics.test_export_write import HEADER
from coachroom.metrics.exports.formats import Format
from coachroom.metrics.exports.stream import stream
from coachroom.metrics.exports.write import write_export

connection = duckdb.connect(config={"threads": 1})
connection.execute("SET enable_progress_bar = false")
sql = "SELECT i, i / 7 AS part, 'client-' || i AS name, repeat(chr(97 + (i % 26)::INT), 400) AS t FROM range($1) r(i)"

def export(rows, folder):
    for format in (Format.CSV, Format.PARQUET):
        with stream(connection, sql, [rows]) as reader:
            assert write_export(folder / f"n.{format}", reader, HEADER, format) == rows

peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
export(20_000, Path(sys.argv[1]))
before = peak()
export(300_000, Path(sys.argv[1]))
print(before, peak() - before)
"""


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    _, grown = map(int, done.stdout.split())
    assert (tmp_path / "n.csv").stat().st_size > 120_000_000
    assert grown < 120, f"{grown} MB"
