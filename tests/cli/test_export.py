"""`export` and `metrics` on the command line."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from coachroom.cli.main import main
from coachroom.errors import SettingsError
from coachroom.metrics.definitions import DEFINITIONS
from coachroom.metrics.exports.formats import Format
from coachroom.metrics.run import run
from coachroom.postgres_address import PostgresAddress
from coachroom.settings import load
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.store import Store
from tests.databases import database_in, setting_of
from tests.metrics.community import Community, SessionRow, Turn, write
from tests.metrics.mirrored_store import MirroredStore
from tests.services import SECRET

FIRST = datetime(2026, 3, 2, 9)
AS_OF = datetime(2026, 5, 1)
METRIC = ("export", "session_duration", "--format", "csv", "--out")


@dataclass(frozen=True)
class Shell:
    """The command line in a folder of its own."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def ok(self, *arguments: str) -> str:
        status = main(arguments)
        out, err = self.capture.readouterr()
        assert (status, err) == (0, "")
        return out

    def mistake(self, *arguments: str) -> str:
        before = self.files()
        try:
            status: object = main(arguments)
        except SystemExit as stop:
            status = stop.code
        out, err = self.capture.readouterr()
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert "Traceback" not in err
        assert self.files() == before
        return err

    def files(self) -> set[str]:
        # The database may come into being; it is no export.
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if "data" not in path.parts}

    @property
    def database(self) -> Path | PostgresAddress:
        return database_in(self.folder, "data/coachroom.duckdb")

    def store(self) -> AbstractContextManager[Store]:
        if isinstance(self.database, Path):
            return closing(DuckStore(self.database))
        return closing(MirroredStore(self.database, self.folder / "data"))

    def frame(self, metric: str, **more: object) -> pd.DataFrame:
        with self.store() as store:
            return run(store, metric, as_of=AS_OF, **more)  # type: ignore[arg-type]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    for name in [name for name in os.environ if name.startswith(("COACHROOM_", "ELEVENLABS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path, capsys)
    if not isinstance(shell.database, Path):
        monkeypatch.setenv("COACHROOM_DATABASE", setting_of(shell.database))
        monkeypatch.setenv("COACHROOM_COOKIE_SECRET", SECRET)
    return shell


@pytest.fixture
def filled(shell: Shell) -> Shell:
    """A dozen sessions of four clients, of lengths that no binary fraction is equal to."""
    said = (Turn("client", "a goal " * 5), Turn("agent", "a question " * 7))
    sessions = []
    for number in range(12):
        start = FIRST + timedelta(days=3 * number, hours=number)
        end = start + timedelta(seconds=100.1 + number / 3)
        sessions.append(
            SessionRow(f"s{number}", f"c{number % 4}", start, end, "completed", turns=said, rating=number % 5 + 1)
        )
    with shell.store() as store:
        migrate(store, FIRST)
        write(store, Community(tuple(sessions)))
    return shell


@pytest.mark.parametrize("metric", [metric.id for metric in DEFINITIONS])
def test_the_file_agrees_with_the_function_to_the_last_digit(filled: Shell, metric: str) -> None:
    expected = filled.frame(metric)
    assert filled.ok("export", metric, "--format", "parquet", "--out", "m.parquet", "--as-of", "2026-05-01")
    table = pq.read_table("m.parquet").to_pandas()
    pd.testing.assert_frame_equal(table.astype(dict(expected.dtypes)), expected, check_exact=True)
    text = filled.ok("export", metric, "--format", "csv", "--out", "-", "--as-of", "2026-05-01")
    dates = [name for name, kind in expected.dtypes.items() if str(kind).startswith("datetime")]
    read = pd.read_csv(io.StringIO(text), parse_dates=dates)
    pd.testing.assert_frame_equal(read.astype(dict(expected.dtypes)), expected, check_exact=True)


@pytest.mark.parametrize("format", Format)
def test_every_format_has_the_same_rows(filled: Shell, format: Format) -> None:
    expected = filled.frame("session_duration")["mean_seconds"].tolist()
    said = filled.ok(
        "export", "session_duration", "--format", format, "--out", f"m.{format}", "--as-of", "2026-05-01"
    )
    assert said.endswith(f": {len(expected)} rows, as of 2026-05-01T00:00:00.000000Z.\n")
    assert ("m.csv.meta.json" in said) == (format is Format.CSV)
    path = Path(f"m.{format}")
    match format:
        case Format.CSV:
            values = [float(row["mean_seconds"]) for row in csv.DictReader(io.StringIO(path.read_text()))]
        case Format.JSONL:
            values = [json.loads(line)["mean_seconds"] for line in path.read_text().splitlines()]
        case Format.PARQUET:
            values = pq.read_table(path)["mean_seconds"].to_pylist()
        case Format.XLSX:
            values = [row[4] for row in openpyxl.load_workbook(path)["Data"].values][1:]
    assert values == expected
    assert filled.files() == {path.name} | ({f"{path.name}.meta.json"} if format.is_text else set())


def test_the_parameters_reach_the_metric_and_the_header(filled: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHROOM_REPORTING_TIMEZONE", "Asia/Tokyo")
    monkeypatch.setenv("COACHROOM_MIN_VALID_SECONDS", "101")
    options = [
        "--start",
        "2026-03-08",
        "--end",
        "2026-03-20T09:00",
        "--as-of",
        "2026-05-01T00:00Z",
        "--interval",
        "day",
    ]
    filled.ok(*METRIC, "m.csv", *options)
    expected = filled.frame(
        "session_duration",
        start=datetime(2026, 3, 7, 15),
        end=datetime(2026, 3, 20),
        interval="day",
        timezone="Asia/Tokyo",
        min_valid_seconds=101,
    )
    days = [row["interval_start"] for row in csv.DictReader(io.StringIO(Path("m.csv").read_text()))]
    assert days == [day.date().isoformat() for day in expected["interval_start"]]
    assert len(days) == 3
    assert json.loads(Path("m.csv.meta.json").read_text())["parameters"] == {
        "start": "2026-03-07T15:00:00.000000Z",
        "end": "2026-03-20T00:00:00.000000Z",
        "interval": "day",
        "timezone": "Asia/Tokyo",
        "min_valid_seconds": 101.0,
        "smallest_group_shown": None,
    }


def test_small_groups_show_unless_they_are_to_be_suppressed(filled: Shell) -> None:
    options = ("export", "retention", "--format", "csv", "--out", "-", "--as-of", "2026-05-01")
    shown, hidden = filled.ok(*options), filled.ok(*options, "--suppress")
    assert {row["cohort_size"] for row in csv.DictReader(io.StringIO(shown))} == {"1", "3"}
    assert {row["cohort_size"] for row in csv.DictReader(io.StringIO(hidden))} <= {""}
    kinds = {filled.ok(*options, "--kind", kind) for kind in ("recurring", "unbounded", "cumulative")}
    assert shown in kinds
    assert len(kinds) == 3


def test_without_as_of_it_is_now(filled: Shell) -> None:
    filled.ok(
        "export",
        "active_clients",
        "--format",
        "csv",
        "--out",
        "m.csv",
        "--start",
        "2026-03-01",
        "--end",
        "2026-04-01",
    )
    told = json.loads(Path("m.csv.meta.json").read_text())
    assert told["as_of"] == told["generated_at"]
    first = Path("m.csv").read_bytes()
    filled.ok(
        *("export", "active_clients", "--format", "csv", "--out", "m.csv", "--start", "2026-03-01"),
        *("--end", "2026-04-01", "--as-of", told["as_of"]),
    )
    assert Path("m.csv").read_bytes() == first


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("export",), "METRIC"),
        (("export", "csat", "--format", "csv"), "--out"),
        (("export", "csat", "--out", "m.csv"), "--format"),
        (("export", "retenton", "--format", "csv", "--out", "m.csv"), "did you mean retention?"),
        (("export", "zzz", "--format", "csv", "--out", "m.csv"), "coachroom metrics"),
        (("export", "csat", "--format", "xls", "--out", "m.xls"), "choose csv, parquet, jsonl or xlsx"),
        ((*METRIC, "m.xlsx"), "named like xlsx"),
        ((*METRIC, "missing/m.csv"), "no folder missing"),
        ((*METRIC, "folder"), "folder is not a file"),
        ((*METRIC, "."), "is not a file"),
        ((*METRIC, ""), "is not a file"),
        ((*METRIC, "/dev/null"), "/dev/null is not a file"),
        (("export", "csat", "--format", "parquet", "--out", "-"), "standard output"),
        ((*METRIC, "m.csv", "--start", "yesterday"), "'yesterday' is no date"),
        ((*METRIC, "m.csv", "--end", "2026-02-30"), "'2026-02-30' is no date"),
        ((*METRIC, "m.csv", "--as-of", ""), "'' is no date"),
        ((*METRIC, "m.csv", "--start", "2026-05-02", "--end", "2026-05-01"), "before the start"),
        ((*METRIC, "m.csv", "--as-of", "9999-01-01"), "in the future"),
        ((*METRIC, "m.csv", "--interval", "year"), "choose day, week or month"),
        ((*METRIC, "m.csv", "--kind", "cumulative"), "has no kinds"),
        (("export", "retention", "--format", "csv", "--out", "m.csv", "--kind", "rolling"), "no kind rolling"),
        ((*METRIC, "m.csv", "more"), "more"),
    ],
)
def test_a_mistake_is_one_sentence_and_no_file(shell: Shell, arguments: tuple[str, ...], part: str) -> None:
    (shell.folder / "folder").mkdir()
    assert part in shell.mistake(*arguments)
    assert not (shell.folder / "data").exists(), "a mistake is found before the database is opened"


def test_a_folder_that_may_not_be_written_is_one_sentence(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachroom.metrics.exports.write.os.access", lambda *_: False)
    assert "Permission denied" in shell.mistake(*METRIC, "m.csv")


def test_too_many_rows_for_xlsx_are_one_sentence(filled: Shell) -> None:
    sentence = filled.mistake(
        "export", "active_clients", "--format", "xlsx", "--out", "m.xlsx", "--start", "1700-01-01"
    )
    assert "100,000 rows" in sentence


def test_the_first_of_all_days_is_no_reason_to_fail(filled: Shell) -> None:
    text = filled.ok(*METRIC, "-", "--start", "0001-01-01", "--as-of", "2026-05-01")
    assert text == filled.ok(*METRIC, "-", "--as-of", "2026-05-01")
    assert filled.ok(*METRIC, "-", "--as-of", "0001-01-02").count("\n") == 1


def test_an_empty_database_exports_the_column_row(shell: Shell) -> None:
    assert shell.ok("members", "add", "ana@example.com")
    assert shell.ok(*METRIC, "-").strip() == (
        "interval_start,sessions,p50_seconds,p90_seconds,mean_seconds,total_seconds"
    )
    assert shell.ok("export", "csat", "--format", "jsonl", "--out", "-") == ""


def test_without_a_database_there_is_nothing_to_export(shell: Shell) -> None:
    assert "There is no database" in shell.mistake(*METRIC, "-")


def test_the_definitions_are_listed(shell: Shell) -> None:
    assert shell.ok("metrics").splitlines()[1].split()[0] == DEFINITIONS[0].id
    listed = json.loads(shell.ok("metrics", "--json"))
    assert [metric["id"] for metric in listed] == [metric.id for metric in DEFINITIONS]
    assert {"title", "unit", "meaning", "formula", "columns", "source"} <= listed[0].keys()
    assert not (shell.folder / "data").exists()


def test_a_reader_that_goes_away_is_no_error(filled: Shell) -> None:
    command = [sys.executable, "-m", "coachroom", "export", "active_clients", "--format", "csv", "--out", "-"]
    with subprocess.Popen(
        [*command, "--start", "1900-01-01"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=filled.folder
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"day,dau,wau,mau,stickiness\r\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_the_definitions_are_listed_without_loading_pandas() -> None:
    code = "import sys; from coachroom.cli.main import main; main(['metrics']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "pyarrow", "xlsxwriter", "streamlit"} & set(done.stderr.split())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COACHROOM_REPORTING_TIMEZONE", "Mars/Olympus"),
        ("COACHROOM_REPORTING_TIMEZONE", ""),
        ("COACHROOM_REPORTING_TIMEZONE", "../etc/passwd"),
        ("COACHROOM_REPORTING_TIMEZONE", "Europe"),
        ("COACHROOM_MIN_VALID_SECONDS", "-1"),
        ("COACHROOM_MIN_GROUP", "few"),
    ],
)
def test_settings_of_metrics_that_cannot_be_used_are_named(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load()
    assert name in shell.mistake(*METRIC, "m.csv")
